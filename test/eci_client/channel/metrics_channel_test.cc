#include "eci_client/channel/metrics_channel.h"

#include <gmock/gmock.h>

#include "test/eci_client/rpc_fixture.h"

namespace vk::eci {
namespace {

using base::ErrorCode;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

class MetricsChannelTest : public RpcFixture {
 protected:
  MetricsChannelTest() {
    auto next = std::make_unique<ScriptedChannel>(clock_);
    cloud_ = next.get();
    channel_ = std::make_unique<MetricsChannel>(std::move(next), clock_, metrics_);
  }

  base::Metrics metrics_;
  ScriptedChannel* cloud_ = nullptr;
  std::unique_ptr<MetricsChannel> channel_;
};

TEST_F(MetricsChannelTest, CallsAreCountedByActionAndCode) {
  cloud_->Fail(CloudError(ErrorCode::kNoCapacity, "OperationDenied.NoStock"));
  cloud_->Fail(CloudError(ErrorCode::kInvalidArgument, "Invented.Code"));

  for (int i = 0; i < 4; ++i) Start(*channel_, "CreateContainerGroup", 1s);

  EXPECT_THAT(
      metrics_.Text(),
      AllOf(HasSubstr(R"(eci_requests_total{action="CreateContainerGroup",code="OK"} 2)"),
            HasSubstr(R"(action="CreateContainerGroup",code="OperationDenied.NoStock"} 1)"),
            HasSubstr(R"(action="CreateContainerGroup",code="invalid_argument"} 1)"),
            HasSubstr(R"(eci_request_duration_seconds_count{action="CreateContainerGroup"} 4)"),
            Not(HasSubstr("Invented"))));
}

TEST_F(MetricsChannelTest, TriesAreCountedAsThrottledAndAsRetried) {
  const Rpc rpc{.action = "DescribeRegions", .deadline = In(1s)};

  CountFailedTry(metrics_, rpc, CloudError(ErrorCode::kThrottled, "Throttling"),
                 RetryVerdict::kRetry);
  CountFailedTry(metrics_, rpc, CloudError(ErrorCode::kThrottled, "Throttling"),
                 RetryVerdict::kDeadlineNear);
  CountFailedTry(metrics_, rpc, CloudError(ErrorCode::kUnavailable, ""), RetryVerdict::kRetry);

  EXPECT_THAT(metrics_.Text(),
              AllOf(HasSubstr(R"(eci_throttled_total{action="DescribeRegions"} 2)"),
                    HasSubstr(R"(eci_retries_total{action="DescribeRegions"} 2)")));
}

}  // namespace
}  // namespace vk::eci
