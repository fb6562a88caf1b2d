#include "eci_client/flow_limits.h"

#include <gtest/gtest.h>

namespace vk::eci {
namespace {

TEST(FlowLimitsTest, PublishedLimitsAreKept) {
  EXPECT_EQ(FlowLimitOf("CreateContainerGroup").per_minute, 1000);
  EXPECT_EQ(FlowLimitOf("DescribeContainerGroups").per_minute, 2000);
  EXPECT_EQ(FlowLimitOf("CreateImageCache").per_minute, 200);
}

TEST(FlowLimitsTest, OnlyReadersShare) {
  for (const FlowLimit& limit : PublishedFlowLimits()) {
    EXPECT_EQ(limit.use == FlowLimit::Use::kShared, limit.action.starts_with("Describe"))
        << limit.action;
  }
}

TEST(FlowLimitsTest, UnpublishedCallsAreHeldToTheLowestOfTheirKind) {
  EXPECT_EQ(FlowLimitOf("DescribeRegions").per_minute, 500);
  EXPECT_EQ(FlowLimitOf("TagResources").per_minute, 200);
  EXPECT_EQ(FlowLimitOf("TagResources").use, FlowLimit::Use::kWhole);
}

TEST(FlowLimitsTest, StatusCallMayBePolledFiveToTenTimesASecond) {
  EXPECT_EQ(FlowLimitOf("DescribeContainerGroupStatus").per_minute, 600);
  EXPECT_EQ(FlowLimitOf("DescribeContainerGroupStatus").use, FlowLimit::Use::kWhole);
}

}  // namespace
}  // namespace vk::eci
