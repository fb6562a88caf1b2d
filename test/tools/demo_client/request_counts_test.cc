#include "tools/demo_client/request_counts.h"

#include <gtest/gtest.h>

namespace vk::demo {
namespace {

constexpr char kMetrics[] =
    R"(# HELP apiserver_flowcontrol_dispatched_requests_total [BETA] Number of executed requests
apiserver_flowcontrol_dispatched_requests_total{flow_schema="identity-agent",priority_level="exempt"} 7
apiserver_flowcontrol_dispatched_requests_total{flow_schema="request.create.pods",priority_level="exempt"} 0
apiserver_flowcontrol_dispatched_requests_total{flow_schema="request.patch.pods.status",priority_level="exempt"} 1.2e+01
apiserver_flowcontrol_dispatched_requests_total{flow_schema="system-nodes",priority_level="system"} 99
apiserver_flowcontrol_rejected_requests_total{flow_schema="request.create.events",priority_level="x"} 5
)";

TEST(RequestCountsTest, SchemasOfTheUserAreNamedAndOthersLeftOut) {
  const RequestCounts expected = {{"PATCH pods/status", 12}, {"other", 7}};

  EXPECT_EQ(ReadRequestCounts(kMetrics, "identity-agent"), expected);
}

TEST(RequestCountsTest, SinceLeavesWhatIsNew) {
  const RequestCounts before = {{"LIST pods", 2}, {"other", 3}};
  const RequestCounts now = {{"LIST pods", 2}, {"other", 5}, {"WATCH pods", 1}};
  const RequestCounts expected = {{"WATCH pods", 1}, {"other", 2}};

  EXPECT_EQ(Since(before, now), expected);
}

}  // namespace
}  // namespace vk::demo
