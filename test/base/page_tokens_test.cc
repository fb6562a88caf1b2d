#include "base/page_tokens.h"

#include <gtest/gtest.h>

namespace vk::base {
namespace {

TEST(PageTokensTest, ListingGoesOnUntilAPageNamesNoNext) {
  PageTokens tokens;
  EXPECT_TRUE(tokens.Advance("b"));
  EXPECT_FALSE(tokens.done());
  EXPECT_EQ(tokens.next(), "b");

  EXPECT_TRUE(tokens.Advance(""));

  EXPECT_TRUE(tokens.done());
}

TEST(PageTokensTest, TokenThatComesAgainEndsTheListingWithAnError) {
  PageTokens tokens;
  EXPECT_TRUE(tokens.Advance("b"));
  EXPECT_TRUE(tokens.Advance("c"));

  EXPECT_FALSE(tokens.Advance("b"));
}

}  // namespace
}  // namespace vk::base
