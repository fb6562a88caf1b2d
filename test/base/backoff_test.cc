#include "base/backoff.h"

#include <gtest/gtest.h>

namespace vk::base {
namespace {

using namespace std::chrono_literals;

TEST(ExponentialBackoffTest, DoublesFromFirstToCap) {
  const ExponentialBackoff backoff{.first = 100ms, .cap = 1s, .jitter = 0};
  Random random(1);

  const std::chrono::milliseconds expected[] = {100ms, 200ms, 400ms, 800ms, 1s, 1s};
  for (int failures = 1; failures <= 6; ++failures)
    EXPECT_EQ(backoff.Delay(failures, random), expected[failures - 1]) << failures;
}

TEST(ExponentialBackoffTest, JitterSpreadsBelowTheNominalAndNeverAboveTheCap) {
  const ExponentialBackoff backoff{.first = 1s, .cap = 8s, .jitter = 0.5};
  Random random(1);

  std::chrono::milliseconds least = 8s;
  std::chrono::milliseconds most = 0s;
  for (int i = 0; i < 1000; ++i) {
    least = std::min(least, backoff.Delay(10, random));
    most = std::max(most, backoff.Delay(10, random));
  }

  EXPECT_GE(least, 4s);
  EXPECT_LT(least, 4100ms);
  EXPECT_LE(most, 8s);
  EXPECT_GT(most, 7900ms);
}

TEST(ExponentialBackoffTest, ManyFailuresDoNotOverflow) {
  const ExponentialBackoff backoff{.jitter = 0};
  Random random(1);

  EXPECT_EQ(backoff.Delay(1'000'000, random), 30s);
  EXPECT_EQ(backoff.Delay(0, random), 100ms);
}

}  // namespace
}  // namespace vk::base
