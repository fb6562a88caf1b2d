#include "tools/demo_client/agent_log.h"

#include <gtest/gtest.h>

#include <sstream>

namespace vk::demo {
namespace {

TEST(AgentLogTest, CreationTimesAreReadByPodAndTheFirstCounts) {
  std::istringstream log(
      "2026-11-23T18:00:00.000Z info created container group pod=a/b pod_uid=uid-1 group=eci-1 "
      "request_id=R added_ms=2.500 inputs_ms=1.250\n"
      "2026-11-23T18:00:01.000Z info created container group pod=a/b pod_uid=uid-1 group=eci-2 "
      "request_id=R added_ms=900.000 inputs_ms=1.000\n");

  const auto times = ReadCreationTimes(log);

  ASSERT_EQ(times.size(), 1u);
  EXPECT_EQ(times.at("uid-1").added, 2.5);
  EXPECT_EQ(times.at("uid-1").inputs, 1.25);
}

TEST(AgentLogTest, OtherAndTornLinesAreLeftOut) {
  std::istringstream log(
      "2026-11-23T18:00:00.000Z info deleted container group group=eci-1 added_ms=1 inputs_ms=1\n"
      "2026-11-23T18:00:00.000Z info created container group pod_uid=uid-2 added_ms=2.5x inputs_m");

  EXPECT_TRUE(ReadCreationTimes(log).empty());
}

}  // namespace
}  // namespace vk::demo
