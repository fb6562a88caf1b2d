#include "tools/fake_eci/exec/exec_tokens.h"

#include <gtest/gtest.h>

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

const base::TimePoint kNow{};

HostCommand WithToken(const std::string& token) {
  return {.group = 7, .command = {token}, .token = token};
}

TEST(ExecTokensTest, EachIsGoodOnce) {
  ExecTokens tokens;
  tokens.Offer(WithToken("a"), kNow);
  tokens.Offer(WithToken("b"), kNow);

  const auto taken = tokens.Take("b", kNow);

  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->command, std::vector<std::string>{"b"});
  const auto again = tokens.Take("b", kNow);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::ErrorCode::kNotFound);
  EXPECT_TRUE(tokens.Take("a", kNow));
}

TEST(ExecTokensTest, ExpiresAfterThirtySeconds) {
  ExecTokens tokens;
  tokens.Offer(WithToken("first"), kNow);
  tokens.Offer(WithToken("second"), kNow + 1s);

  EXPECT_FALSE(tokens.Take("first", kNow + 30s));
  EXPECT_TRUE(tokens.Take("second", kNow + 30s));
}

TEST(ExecTokensTest, UnknownAndEmptyAreRefused) {
  ExecTokens tokens;
  tokens.Offer(WithToken("a"), kNow);

  EXPECT_FALSE(tokens.Take("", kNow));
  EXPECT_FALSE(tokens.Take("aa", kNow));
}

}  // namespace
}  // namespace vk::fake
