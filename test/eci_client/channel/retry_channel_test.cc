#include "eci_client/channel/retry_channel.h"

#include <gmock/gmock.h>

#include "test/eci_client/rpc_fixture.h"

namespace vk::eci {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

class RetryChannelTest : public RpcFixture {
 protected:
  void Make(RetryOptions options) {
    auto next = std::make_unique<ScriptedChannel>(clock_);
    cloud_ = next.get();
    options.backoff.jitter = 0;
    channel_ = std::make_unique<RetryChannel>(
        options, std::move(next), clock_, random_,
        [this](const Rpc&, const base::Error&, RetryVerdict verdict) {
          verdicts_.push_back(verdict);
        });
  }

  base::Random random_{1};
  ScriptedChannel* cloud_ = nullptr;
  std::unique_ptr<RetryChannel> channel_;
  std::vector<RetryVerdict> verdicts_;
};

struct RetryCase {
  std::string_view name;
  std::string_view action;
  std::string_view client_token;
  ErrorCode code;
  std::string_view cloud_code;
  RetryVerdict verdict;
};

class RetryDecisionTest : public RetryChannelTest, public testing::WithParamInterface<RetryCase> {};

TEST_P(RetryDecisionTest, OneFailureThenSuccess) {
  const RetryCase& param = GetParam();
  Make({});
  cloud_->Fail(CloudError(param.code, std::string(param.cloud_code)));

  const auto call = Start(*channel_, param.action, 60s, std::string(param.client_token));
  clock_.Advance(60s);

  EXPECT_THAT(verdicts_, ElementsAre(param.verdict));
  EXPECT_EQ(call->Succeeded(), param.verdict == RetryVerdict::kRetry);
  EXPECT_EQ(cloud_->calls().size(), param.verdict == RetryVerdict::kRetry ? 2u : 1u);
}

constexpr auto kAgain = RetryVerdict::kRetry;
constexpr auto kPermanent = RetryVerdict::kPermanent;
constexpr auto kNotRepeatable = RetryVerdict::kNotRepeatable;
INSTANTIATE_TEST_SUITE_P(
    Table, RetryDecisionTest,
    testing::Values(
        RetryCase{"ReadUnavailable", "DescribeRegions", "", ErrorCode::kUnavailable, "", kAgain},
        RetryCase{"ReadTimeOut", "DescribeRegions", "", ErrorCode::kDeadlineExceeded, "", kAgain},
        RetryCase{"ReadThrottled", "DescribeRegions", "", ErrorCode::kThrottled, "Throttling",
                  kAgain},
        RetryCase{"ReadDenied", "DescribeRegions", "", ErrorCode::kPermissionDenied,
                  "Forbidden.RAM", kPermanent},
        RetryCase{"Cancelled", "DescribeRegions", "", ErrorCode::kCancelled, "", kPermanent},
        RetryCase{"NoStock", "CreateContainerGroup", "t", ErrorCode::kNoCapacity,
                  "OperationDenied.NoStock", kPermanent},
        RetryCase{"CreateWithToken", "CreateContainerGroup", "t", ErrorCode::kUnavailable, "",
                  kAgain},
        RetryCase{"CreateWithoutToken", "CreateContainerGroup", "", ErrorCode::kUnavailable, "",
                  kNotRepeatable},
        RetryCase{"DeleteInternal", "DeleteContainerGroup", "", ErrorCode::kInternal,
                  "InternalError", kAgain},
        RetryCase{"CommandUnavailable", "ExecContainerCommand", "t", ErrorCode::kUnavailable, "",
                  kNotRepeatable},
        RetryCase{"CommandInConflict", "ExecContainerCommand", "", ErrorCode::kConflict,
                  "OperationConflict", kAgain},
        RetryCase{"RegistryRefusal5xx", "CreateContainerGroup", "t", ErrorCode::kUnavailable,
                  "containerRepositoryAuthorizationFailed", kPermanent}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(RetryChannelTest, WaitsDoubleAndTheSameRequestIsSent) {
  Make({.max_tries = 4});
  for (int i = 0; i < 4; ++i) cloud_->Fail(CloudError(ErrorCode::kUnavailable, ""));

  const auto call = Start(*channel_, "CreateContainerGroup", 60s, "token-1");
  clock_.Advance(60s);

  ASSERT_EQ(cloud_->calls().size(), 4u);
  std::vector<std::chrono::nanoseconds> gaps;
  for (std::size_t i = 1; i < 4; ++i) {
    gaps.push_back(cloud_->calls()[i].at - cloud_->calls()[i - 1].at);
    EXPECT_EQ(cloud_->calls()[i].request, cloud_->calls()[0].request);
    EXPECT_EQ(cloud_->calls()[i].attempt, static_cast<int>(i) + 1);
  }
  EXPECT_THAT(gaps, ElementsAre(100ms, 200ms, 400ms));
  EXPECT_EQ(verdicts_.back(), RetryVerdict::kTriesSpent);
  EXPECT_THAT(call->error().message, HasSubstr("tries: 4"));
  EXPECT_EQ(call->error().request_id, "REQUEST-1");
}

TEST_F(RetryChannelTest, CloudThatNamesItsTimeIsObeyed) {
  Make({});
  base::Error error = CloudError(ErrorCode::kThrottled, "Throttling.User");
  error.retry_after = 7s;
  cloud_->Fail(error);

  const auto call = Start(*channel_, "DescribeRegions", 60s);
  clock_.Advance(60s);

  EXPECT_TRUE(call->Succeeded());
  EXPECT_EQ(cloud_->calls().at(1).at - cloud_->calls().at(0).at, 7s);
}

TEST_F(RetryChannelTest, WaitPastTheDeadlineIsNotBegun) {
  Make({});
  base::Error error = CloudError(ErrorCode::kThrottled, "Throttling");
  error.retry_after = 10s;
  cloud_->Fail(error);

  const auto call = Start(*channel_, "DescribeRegions", 5s);

  ASSERT_TRUE(call->status);
  EXPECT_EQ(call->error().code, ErrorCode::kThrottled);
  EXPECT_EQ(call->error().retry_after, 10s);
  EXPECT_THAT(verdicts_, ElementsAre(RetryVerdict::kDeadlineNear));
}

TEST_F(RetryChannelTest, BudgetBoundsRetriesToAPartOfTheTraffic) {
  Make({.budget = {.per_call = 0.5, .most = 2}});
  for (int i = 0; i < 100; ++i) cloud_->Fail(CloudError(ErrorCode::kUnavailable, ""));

  for (int i = 0; i < 10; ++i) {
    Start(*channel_, "DescribeRegions", 60s);
    clock_.Advance(60s);
  }

  // Ten calls, two saved retries and half a token of each call but the first, which found the store
  // full.
  EXPECT_EQ(cloud_->calls().size(), 10u + 2u + 4u);
  EXPECT_EQ(verdicts_.back(), RetryVerdict::kBudgetSpent);
}

TEST_F(RetryChannelTest, CancelledWhileItWaitsIsAValue) {
  Make({});
  cloud_->Fail(CloudError(ErrorCode::kUnavailable, ""));
  const auto call = Start(*channel_, "DescribeRegions", 60s);
  ASSERT_FALSE(call->status);

  tasks_.Cancel();
  clock_.Advance(0s);

  ASSERT_TRUE(call->status);
  EXPECT_EQ(call->error().code, ErrorCode::kCancelled);
  EXPECT_EQ(cloud_->calls().size(), 1u);
}

}  // namespace
}  // namespace vk::eci
