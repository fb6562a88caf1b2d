#include "provider/translate/pre_stop_sleep.h"

#include <gtest/gtest.h>

#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using k8s::io::api::core::v1::PodSpec;

std::string Sleeps(const std::string& list, int seconds) {
  return list + " { lifecycle { preStop { sleep { seconds: " + std::to_string(seconds) + " } } } }";
}

TEST(PreStopSleepTest, LongestSleepOfContainersAndSidecarsCounts) {
  EXPECT_EQ(PreStopSleep(FromText<PodSpec>("containers {}")), 0);
  EXPECT_EQ(PreStopSleep(FromText<PodSpec>(Sleeps("containers", 5) + Sleeps("containers", 7))), 7);
  EXPECT_EQ(PreStopSleep(FromText<PodSpec>(Sleeps("initContainers", 9) + Sleeps("containers", 7))),
            9);
}

TEST(PreStopSleepTest, SleepIsAtMostThePodsGrace) {
  EXPECT_EQ(PreStopSleep(FromText<PodSpec>(Sleeps("containers", 60))), 30);
  EXPECT_EQ(PreStopSleep(
                FromText<PodSpec>("terminationGracePeriodSeconds: 4 " + Sleeps("containers", 5))),
            4);
}

TEST(GroupGraceTest, GroupHasWhatTheSleepLeavesOfThePodsGrace) {
  const auto grace = [](const std::string& grace_seconds, int sleep) {
    return GroupGrace(FromText<PodSpec>("terminationGracePeriodSeconds: " + grace_seconds + " " +
                                        Sleeps("containers", sleep)));
  };
  EXPECT_EQ(grace("30", 0), 30);
  EXPECT_EQ(grace("30", 12), 18);
  EXPECT_EQ(grace("30", 29), 2);
  EXPECT_EQ(grace("30", 30), 2);
  EXPECT_EQ(grace("1", 1), 1);
  EXPECT_EQ(grace("0", 0), 0);
}

}  // namespace
}  // namespace vk::translate
