#include "tools/fake_eci/containerd/usage_history.h"

#include <gtest/gtest.h>

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

const base::WallTime kBegin{1'000'000s};

UsageSample At(std::chrono::seconds after, std::int64_t cpu_nanoseconds = 0) {
  return {.at = kBegin + after,
          .whole = {.cpu_nanoseconds = cpu_nanoseconds},
          .containers = {{.name = "main", .cpu_nanoseconds = cpu_nanoseconds}}};
}

TEST(UsageHistoryTest, RateIsWhatWasUsedSinceTheSampleBefore) {
  UsageHistory history;
  history.Add(At(0s, 1'000'000'000));
  history.Add(At(10s, 6'000'000'000));

  const auto samples = history.Between(kBegin - 1s, kBegin + 10s);

  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].whole.nano_cores, 0);
  EXPECT_EQ(samples[1].whole.nano_cores, 500'000'000);
  EXPECT_EQ(samples[1].containers[0].nano_cores, 500'000'000);
}

TEST(UsageHistoryTest, ContainerThatBeganAnewHasNoRateYet) {
  UsageHistory history;
  history.Add(At(0s, 5'000'000'000));
  history.Add(At(10s, 1'000'000'000));

  EXPECT_EQ(history.Between(kBegin, kBegin + 10s)[0].containers[0].nano_cores, 0);
}

TEST(UsageHistoryTest, BeginIsLeftOutAndEndIsNot) {
  UsageHistory history;
  for (const auto at : {0s, 15s, 30s, 45s}) history.Add(At(at));

  EXPECT_EQ(history.Between(kBegin, kBegin + 30s).size(), 2u);
}

TEST(UsageHistoryTest, AfterFiveMinutesOneAMinuteIsKept) {
  UsageHistory history;
  for (auto at = 0s; at <= 1h; at += 15s) history.Add(At(at));

  EXPECT_EQ(history.Between(kBegin + 55min, kBegin + 1h).size(), 20u);
  EXPECT_EQ(history.Between(kBegin + 20min, kBegin + 30min).size(), 10u);
}

TEST(UsageHistoryTest, AfterThirtyDaysNothingIsKept) {
  UsageHistory history;
  history.Add(At(0s));
  history.Add(At(10min));
  history.Add(At(std::chrono::days(30) + 5min));

  EXPECT_EQ(history.Between(kBegin - 1s, kBegin + 20min).size(), 1u);
}

}  // namespace
}  // namespace vk::fake
