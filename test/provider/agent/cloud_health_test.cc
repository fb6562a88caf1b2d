#include "provider/agent/cloud_health.h"

#include <gtest/gtest.h>

#include "test/base/manual_clock.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using base::Error;
using base::ErrorCode;

class CloudHealthTest : public testing::Test {
 protected:
  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  CloudHealth health_{clock_};
  const Error refused_{ErrorCode::kPermissionDenied, "RAM denies"};
  const Error no_stock_{ErrorCode::kNoCapacity, "out of stock"};
  const Error away_{ErrorCode::kUnavailable, "connection refused"};
};

TEST_F(CloudHealthTest, RefusedKeysAreTroubleUntilACreateWorks) {
  health_.OnCreate(&refused_);
  EXPECT_EQ(health_.Trouble().reason, "CloudRefusesKeys");

  health_.OnCreate(nullptr);
  EXPECT_EQ(health_.Trouble().reason, "");
}

TEST_F(CloudHealthTest, RefusedCreateIsForgottenSinceNothingMayEverDisproveIt) {
  health_.OnCreate(&refused_);
  clock_.Advance(CloudHealth::kMemory);

  EXPECT_EQ(health_.Trouble().reason, "");
}

TEST_F(CloudHealthTest, OnePodsShortageSaysNothingAboutTheCloud) {
  health_.OnCreate(&no_stock_);

  EXPECT_EQ(health_.Trouble().reason, "");
}

TEST_F(CloudHealthTest, CloudIsAwayAfterThreeFailedPollsAndBackAfterOneGoodOne) {
  health_.OnPoll(&away_);
  health_.OnPoll(&away_);
  EXPECT_EQ(health_.Trouble().reason, "");
  health_.OnPoll(&away_);
  EXPECT_EQ(health_.Trouble().reason, "CloudUnreachable");

  health_.OnPoll(nullptr);
  EXPECT_EQ(health_.Trouble().reason, "");
}

TEST_F(CloudHealthTest, ListingIsUnknownUntilOneWorkedAndAgainAfterThreeFailures) {
  EXPECT_TRUE(health_.ListingTrouble().unknown);
  EXPECT_EQ(health_.ListingTrouble().reason, "ListingUnavailable");
  health_.OnPoll(nullptr);
  EXPECT_EQ(health_.ListingTrouble().reason, "");

  health_.OnPoll(&away_);
  health_.OnPoll(&away_);
  EXPECT_EQ(health_.ListingTrouble().reason, "");
  health_.OnPoll(&away_);
  EXPECT_TRUE(health_.ListingTrouble().unknown);
}

TEST_F(CloudHealthTest, CreationThatWorksSaysNothingAboutListings) {
  health_.OnPoll(&refused_);
  health_.OnCreate(nullptr);

  EXPECT_EQ(health_.Trouble().reason, "");
  EXPECT_TRUE(health_.ListingTrouble().unknown);
}

TEST_F(CloudHealthTest, ListingThatTheCloudRefusesFailsAndIsUnknownOnceTheCloudIsAway) {
  for (int i = 0; i < CloudHealth::kFailedPolls; ++i) health_.OnPoll(&no_stock_);
  EXPECT_EQ(health_.ListingTrouble().reason, "ListingFails");
  EXPECT_FALSE(health_.ListingTrouble().unknown);

  health_.OnPoll(&away_);
  EXPECT_TRUE(health_.ListingTrouble().unknown);
}

}  // namespace
}  // namespace vk::agent
