#include "eci_client/channel/rate_limit_channel.h"

#include "test/eci_client/rpc_fixture.h"

namespace vk::eci {
namespace {

using base::ErrorCode;
using namespace std::chrono_literals;

class RateLimitChannelTest : public RpcFixture {
 protected:
  void Make(RateLimitOptions options) {
    auto next = std::make_unique<ScriptedChannel>(clock_);
    cloud_ = next.get();
    channel_ = std::make_unique<RateLimitChannel>(std::move(options), std::move(next), clock_,
                                                  io_.get_executor());
  }

  void StartMany(std::string_view action, int count) {
    for (int i = 0; i < count; ++i) Start(*channel_, action, 24h);
  }

  // How many more calls pass in `time` while there are always enough.
  std::size_t PassedIn(std::chrono::seconds time) {
    const std::size_t before = cloud_->calls().size();
    clock_.Advance(time);
    return cloud_->calls().size() - before;
  }

  ScriptedChannel* cloud_ = nullptr;
  std::unique_ptr<RateLimitChannel> channel_;
};

TEST_F(RateLimitChannelTest, CreationsTakeTheirLimitWhole) {
  Make({});

  StartMany("CreateContainerGroup", 1'200);

  EXPECT_EQ(cloud_->calls().size(), 100u);
  EXPECT_EQ(PassedIn(60s), 1'000u);
}

TEST_F(RateLimitChannelTest, ReadersTakeTheirShare) {
  Make({.read_share = 0.1});

  StartMany("DescribeContainerGroups", 300);

  EXPECT_EQ(cloud_->calls().size(), 20u);
  EXPECT_EQ(PassedIn(60s), 200u);
}

TEST_F(RateLimitChannelTest, ActionsDoNotWaitForEachOther) {
  Make({});
  StartMany("DescribeContainerLog", 20);
  const std::size_t before = cloud_->calls().size();

  StartMany("DeleteContainerGroup", 5);

  EXPECT_EQ(cloud_->calls().size(), before + 5);
}

TEST_F(RateLimitChannelTest, LimitsCanBeSet) {
  Make({.per_minute = {{"DescribeContainerGroups", 600}}});
  StartMany("DescribeContainerGroups", 700);
  EXPECT_EQ(cloud_->calls().size(), 60u);
  EXPECT_EQ(PassedIn(60s), 600u);
}

TEST_F(RateLimitChannelTest, LimitsCanBeLifted) {
  Make({.lifted = true});
  StartMany("DescribeContainerGroups", 700);
  EXPECT_EQ(cloud_->calls().size(), 700u);
}

TEST_F(RateLimitChannelTest, CallWhoseTurnComesTooLateIsNotSent) {
  Make({.per_minute = {{"DescribeRegions", 1}}});
  StartMany("DescribeRegions", 1);

  const auto late = Start(*channel_, "DescribeRegions", 5s);
  clock_.Advance(5s);

  ASSERT_TRUE(late->status);
  EXPECT_EQ(late->error().code, ErrorCode::kDeadlineExceeded);
  clock_.Advance(1h);
  EXPECT_EQ(cloud_->calls().size(), 1u);
}

TEST_F(RateLimitChannelTest, ThrottledCallHoldsItsActionAsLongAsTheCloudAsked) {
  Make({});
  base::Error error = CloudError(ErrorCode::kThrottled, "Throttling");
  error.retry_after = 4s;
  cloud_->Fail(error);
  Start(*channel_, "CreateContainerGroup", 1h);

  StartMany("CreateContainerGroup", 1'200);

  EXPECT_EQ(PassedIn(3s), 0u);
  // Creations are not slowed down beyond the pause, but the burst is gone.
  EXPECT_NEAR(static_cast<double>(PassedIn(61s)), 1'000, 1);
}

TEST_F(RateLimitChannelTest, ThrottledReaderHalvesItsRateOnceAndRecoversSlowly) {
  Make({.read_share = 0.1});
  // Two refusals a second apart are one message.
  cloud_->Fail(CloudError(ErrorCode::kThrottled, "Throttling.User"));
  cloud_->Fail(CloudError(ErrorCode::kThrottled, "Throttling.User"));
  StartMany("DescribeContainerGroups", 2'000);
  clock_.Advance(2s);

  // From 100 to 120 a minute, from 180 to 200, and no further.
  EXPECT_NEAR(static_cast<double>(PassedIn(60s)), 110, 2);
  clock_.Advance(3min);
  EXPECT_NEAR(static_cast<double>(PassedIn(60s)), 190, 2);
  EXPECT_NEAR(static_cast<double>(PassedIn(60s)), 200, 2);
}

TEST_F(RateLimitChannelTest, ReaderThatIsThrottledForLongKeepsASixteenth) {
  Make({.read_share = 1, .per_minute = {}});
  for (int i = 0; i < 200; ++i) cloud_->Fail(CloudError(ErrorCode::kThrottled, "Throttling"));

  StartMany("DescribeContainerGroups", 1'000);
  clock_.Advance(198s);

  // A sixteenth of 2,000 a minute, and 200 more at the end of the minute: 125 + 100, and a little
  // that had come back before the last refusal.
  EXPECT_NEAR(static_cast<double>(PassedIn(60s)), 240, 15);
}

TEST_F(RateLimitChannelTest, CancelledWhileItWaitsIsAValue) {
  Make({.per_minute = {{"DescribeRegions", 1}}});
  StartMany("DescribeRegions", 1);
  const auto call = Start(*channel_, "DescribeRegions", 1h);

  tasks_.Cancel();
  clock_.Advance(0s);

  ASSERT_TRUE(call->status);
  EXPECT_EQ(call->error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace vk::eci
