#include "tools/fake_eci/engine/latency.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "tools/fake_eci/profile.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

LatencyProfile Article(std::uint64_t seed) {
  auto options = ApplyProfile(BuiltInProfile("article"), "article", {});
  EXPECT_TRUE(options) << (options ? "" : options.error().message);
  options->latency.seed = seed;
  return options->latency;
}

std::vector<Duration> RunTimes(LatencyModel& model, int count, bool cached) {
  std::vector<Duration> times;
  for (int i = 0; i < count; ++i) times.push_back(model.NextStart(cached).run);
  std::ranges::sort(times);
  return times;
}

class ArticleTest : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, ArticleTest, testing::Values(20191116, 1, 2, 3, 4711));

TEST_P(ArticleTest, AnyHundredGroupsInARowHaveTheMeasuredCurve) {
  LatencyModel model(Article(GetParam()));
  for (const int skipped : {0, 1, 37, 250}) {
    RunTimes(model, skipped, true);

    const std::vector<Duration> times = RunTimes(model, 100, true);

    EXPECT_LE(times[92], 20s) << "93 of 100";
    EXPECT_GT(times[94], 20s);
    EXPECT_LE(times[99], 30s);
  }
}

TEST_P(ArticleTest, PullingCostsAboutFiftySecondsMore) {
  LatencyModel cached(Article(GetParam()));
  LatencyModel pulled(Article(GetParam()));

  const Duration more = RunTimes(pulled, 100, false)[50] - RunTimes(cached, 100, true)[50];

  EXPECT_GT(more, 45s);
  EXPECT_LT(more, 55s);
}

TEST(LatencyTest, InstantTakesNoTime) {
  const auto options = ApplyProfile(BuiltInProfile("instant"), "instant", {});
  ASSERT_TRUE(options);
  LatencyModel model(options->latency);

  EXPECT_EQ(model.NextStart(false).run, 0s);
  EXPECT_EQ(model.Call(), 0s);
}

TEST(LatencyTest, DistributionIsStraightBetweenItsPoints) {
  const Distribution distribution({{0, 10s}, {0.5, 20s}, {1, 100s}});

  EXPECT_EQ(distribution.At(0), 10s);
  EXPECT_EQ(distribution.At(0.25), 15s);
  EXPECT_EQ(distribution.At(0.75), 60s);
  EXPECT_EQ(distribution.At(2), 100s);
}

struct BadProfile {
  const char* yaml;
  const char* complaint;
};

class BadProfileTest : public testing::TestWithParam<BadProfile> {};

TEST_P(BadProfileTest, IsRefusedWithItsLine) {
  const auto options = ApplyProfile(GetParam().yaml, "my.yaml", {});

  ASSERT_FALSE(options);
  EXPECT_THAT(options.error().message, HasSubstr("my.yaml"));
  EXPECT_THAT(options.error().message, HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    Profiles, BadProfileTest,
    testing::Values(BadProfile{"name: x\nstrat: []\n", "line 2: unknown key strat"},
                    BadProfile{"start: [[0, 1], [0.5, 2]]\n", "rising from 0 to 1"},
                    BadProfile{"start: [[0, -1], [1, 2]]\n", "not negative"},
                    BadProfile{"seed: much\n", "expected a number"},
                    BadProfile{"scheduling_share: 2\n", "from 0 to 1"},
                    BadProfile{"vswitches: [{id: x, zone: z}]\n", "vsw-"},
                    BadProfile{"name: [\n", "my.yaml"}, BadProfile{"- a\n", "keys and values"}));

}  // namespace
}  // namespace vk::fake
