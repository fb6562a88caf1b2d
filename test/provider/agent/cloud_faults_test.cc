// Each fault of the cloud as a user meets it: what kubectl describe shows, what is counted, and
// that all is well again without a restart once it is over. The rows of docs/reference/faults.md.

#include <gmock/gmock.h>

#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class CloudFaultsTest : public AgentWorld {
 protected:
  void ExpectRuns(const std::string& pod) {
    EXPECT_EQ(Pod(pod).status().phase(), "Running") << Pod(pod).status().ShortDebugString();
  }
  std::string WaitingReason(const std::string& pod) const {
    const auto status = Pod(pod).status();
    return status.containerstatuses_size() == 0
               ? std::string()
               : status.containerstatuses(0).state().waiting().reason();
  }
  double Count(const std::string& metric) const {
    const std::string text = Metric(metric);
    return text.empty() ? 0 : std::stod(text);
  }
};

TEST_F(CloudFaultsTest, WithoutFaultsAPodRunsAndNothingIsTold) {
  Start();
  CreatePod("web");
  clock_.Advance(10s);

  ExpectRuns("web");
  EXPECT_EQ(Condition("CloudReady"), "True CloudAnswers");
  EXPECT_EQ(Condition("CloudListing"), "True ListingShowsGroups");
  EXPECT_FALSE(Tainted());
  EXPECT_THAT(Events(kNode), IsEmpty());
  EXPECT_EQ(Metric("virtual_node_cloud_ready"), "1");
}

TEST_F(CloudFaultsTest, ExpiredKeyTaintsTheNodeUntilItIsReplaced) {
  credentials_.Give("temporary", kSecret, "fresh");
  Start();
  credentials_.Give("temporary", kSecret, "expired");
  clock_.Advance(10s);
  CreatePod("web");
  clock_.Advance(10s);

  EXPECT_EQ(Condition("CloudReady"), "False InvalidSecurityToken.MismatchWithAccessKey");
  EXPECT_EQ(Condition("CloudListing"), "Unknown ListingUnavailable");
  EXPECT_EQ(Condition("Ready"), "True KubeletReady");
  EXPECT_TRUE(Tainted());
  EXPECT_THAT(Events(kNode), Contains(AllOf(StartsWith("CloudNotReady: InvalidSecurityToken"),
                                            HasSubstr("renew the temporary key"))));
  EXPECT_THAT(Events("web"), Contains(StartsWith("FailedCreateContainerGroup: ")));
  EXPECT_EQ(Metric("virtual_node_cloud_ready"), "0");
  EXPECT_GT(Count(R"(eci_requests_total{action="DescribeContainerGroupStatus",)"
                  R"(code="unauthenticated"})"),
            0);

  credentials_.Give("temporary", kSecret, "fresh");
  clock_.Advance(3min);

  ExpectRuns("web");
  EXPECT_EQ(Condition("CloudReady"), "True CloudAnswers");
  EXPECT_FALSE(Tainted());
  EXPECT_THAT(Events(kNode), Contains(StartsWith("CloudReady: ")));
}

TEST_F(CloudFaultsTest, WrongKeyAtStartIsToldAndWaitedFor) {
  credentials_.Give("key", "mistyped");
  CreatePod("web");
  Start();

  EXPECT_EQ(Condition("CloudReady"), "False SignatureDoesNotMatch");
  EXPECT_EQ(Condition("CloudListing"), "Unknown ListingUnavailable");
  EXPECT_THAT(Events(kNode), Contains(HasSubstr("check the access key id and secret")));
  EXPECT_THAT(Events(kNode), Not(Contains(StartsWith("CloudListingFailed"))));

  credentials_.Give("key", kSecret);
  clock_.Advance(3min);

  ExpectRuns("web");
  EXPECT_EQ(Condition("CloudReady"), "True CloudAnswers");
  EXPECT_EQ(Condition("CloudListing"), "True ListingShowsGroups");
  EXPECT_THAT(Events(kNode), Not(Contains(StartsWith("CloudListingWorks"))));
}

TEST_F(CloudFaultsTest, RefusalByRamTaintsTheNodeUntilItIsGranted) {
  Start();
  CloudRefuses("CreateContainerGroup", "Forbidden.RAM");
  CreatePod("web");
  clock_.Advance(10s);

  EXPECT_EQ(Condition("CloudReady"), "False Forbidden.RAM");
  EXPECT_TRUE(Tainted());
  EXPECT_EQ(WaitingReason("web"), "Forbidden.RAM");
  EXPECT_THAT(Events("web"),
              Contains(AllOf(StartsWith("FailedCreateContainerGroup: "), HasSubstr("(RAM)"))));
  EXPECT_GT(Count(R"(eci_requests_total{action="CreateContainerGroup",code="permission_denied"})"),
            0);

  cloud_.faults().Clear();
  clock_.Advance(3min);

  ExpectRuns("web");
  EXPECT_FALSE(Tainted());
}

TEST_F(CloudFaultsTest, EmptyListingIsToldAndNothingIsConcludedFromIt) {
  Start();
  CreatePod("web");
  clock_.Advance(10s);
  cloud_.faults().Add({.action = "", .caller = {}, .kind = fake::FaultKind::kEmptyListing});
  clock_.Advance(5min);

  EXPECT_EQ(Condition("CloudListing"), "False ListingIsEmpty");
  EXPECT_THAT(Events(kNode), Contains(AllOf(StartsWith("CloudListingFailed: ListingIsEmpty"),
                                            HasSubstr("eci:DescribeContainerGroups"))));
  EXPECT_EQ(Metric("virtual_node_cloud_listing"), "0");
  ExpectRuns("web");
  EXPECT_EQ(LivingGroups(), 1);

  cloud_.faults().Clear();
  clock_.Advance(1min);

  EXPECT_EQ(Condition("CloudListing"), "True ListingShowsGroups");
  EXPECT_THAT(Events(kNode), Contains(StartsWith("CloudListingWorks: ")));
  EXPECT_EQ(LivingGroups(), 1);
}

TEST_F(CloudFaultsTest, ThrottledCreationIsToldAtThePodAndRetried) {
  Start();
  CloudRefuses("CreateContainerGroup", "Throttling.User");
  CreatePod("web");
  clock_.Advance(2min);

  EXPECT_THAT(Events("web"), Contains(AllOf(StartsWith("FailedCreateContainerGroup: "),
                                            HasSubstr("Throttling.User"))));
  EXPECT_EQ(WaitingReason("web"), "Throttling.User");
  EXPECT_FALSE(Tainted());
  EXPECT_GT(Count(R"(eci_throttled_total{action="CreateContainerGroup"})"), 1);

  cloud_.faults().Clear();
  clock_.Advance(2min);

  ExpectRuns("web");
  EXPECT_EQ(cloud_.groups().size(), 1u);
}

TEST_F(CloudFaultsTest, ThrottledListingIsAConditionOfTheNode) {
  Start();
  CloudRefuses("DescribeContainerGroupStatus", "Throttling.User");
  clock_.Advance(5min);

  EXPECT_EQ(Condition("CloudListing"), "False Throttling.User");
  EXPECT_EQ(Condition("CloudReady"), "True CloudAnswers");
  EXPECT_FALSE(Tainted());
  EXPECT_THAT(Events(kNode), Contains(StartsWith("CloudListingFailed: Throttling.User")));
  EXPECT_GT(Count("virtual_node_status_polls_failed_total"), 2);

  cloud_.faults().Clear();
  clock_.Advance(2min);

  EXPECT_EQ(Condition("CloudListing"), "True ListingShowsGroups");
}

TEST_F(CloudFaultsTest, NoStockKeepsThePodPendingUntilThereIsSome) {
  Start();
  cloud_.stock().Set({}, 0);
  CreatePod("web");
  clock_.Advance(10s);

  EXPECT_EQ(Pod("web").status().phase(), "Pending");
  EXPECT_EQ(WaitingReason("web"), "OperationDenied.NoStock");
  EXPECT_THAT(Events("web"), Contains(AllOf(StartsWith("FailedCreateContainerGroup: "),
                                            HasSubstr("choose another zone, vSwitch or size"))));
  EXPECT_FALSE(Tainted());
  EXPECT_GT(
      Count(R"(eci_requests_total{action="CreateContainerGroup",code="OperationDenied.NoStock"})"),
      0);

  cloud_.stock().Clear();
  clock_.Advance(2min);

  ExpectRuns("web");
}

TEST_F(CloudFaultsTest, NoStockToldByTheGroupItselfReplacesTheGroup) {
  Start();
  cloud_.behaviours().no_stock_is_asynchronous = true;
  cloud_.stock().Set({}, 0);
  CreatePod("web");
  clock_.Advance(5min);

  EXPECT_EQ(Pod("web").status().phase(), "Pending");
  EXPECT_THAT(Events("web"), Contains(StartsWith("FailedCreateContainerGroup: ")));
  EXPECT_LE(cloud_.groups().size(), 15u);  // The pauses grow although each creation is accepted.

  cloud_.stock().Clear();
  clock_.Advance(2min);

  ExpectRuns("web");
  EXPECT_EQ(LivingGroups(), 1);
}

TEST_F(CloudFaultsTest, VSwitchWithoutAddressesKeepsThePodPendingUntilThereAreSome) {
  cloud_.AddVSwitch({.id = "vsw-1", .vpc_id = "vpc-1", .zone = "cn-hangzhou-h", .addresses = 0});
  Start();
  CreatePod("web");
  clock_.Advance(10s);

  EXPECT_EQ(WaitingReason("web"), "InvalidVSwitchId.IpNotEnough");
  EXPECT_THAT(Events("web"), Contains(HasSubstr("add a vSwitch with free addresses")));
  EXPECT_GT(Count(R"(eci_requests_total{action="CreateContainerGroup",)"
                  R"(code="InvalidVSwitchId.IpNotEnough"})"),
            0);

  cloud_.AddVSwitch({.id = "vsw-1", .vpc_id = "vpc-1", .zone = "cn-hangzhou-h", .addresses = 9});
  clock_.Advance(2min);

  ExpectRuns("web");
}

TEST_F(CloudFaultsTest, ClockSkewSaysWhatToSetAndEndsWithIt) {
  Start();
  cloud_clock_.set_skew(1h);
  clock_.Advance(10s);

  EXPECT_EQ(Condition("CloudReady"), "False InvalidTimeStamp.Expired");
  EXPECT_TRUE(Tainted());
  EXPECT_THAT(Events(kNode), Contains(HasSubstr("set this machine's clock")));
  EXPECT_GT(Count(R"(eci_requests_total{action="DescribeContainerGroupStatus",)"
                  R"(code="unauthenticated"})"),
            0);

  cloud_clock_.set_skew(0s);
  clock_.Advance(2min);

  EXPECT_EQ(Condition("CloudReady"), "True CloudAnswers");
}

// What comes between agent and cloud when a connection or something on it fails.
struct WireCase {
  const char* name;
  WireFault fault;
};
class WireFaultTest : public CloudFaultsTest, public testing::WithParamInterface<WireCase> {};

TEST_P(WireFaultTest, CloudIsUnreachableForTheTimeAndNoGroupIsDoubled) {
  Start();
  CreatePod("old");
  clock_.Advance(10s);
  wire_.set_fault(GetParam().fault);
  CreatePod("new");
  clock_.Advance(10min);

  EXPECT_THAT(Condition("CloudReady"), StartsWith("False CloudUnreachable"));
  EXPECT_EQ(Condition("Ready"), "True KubeletReady");
  EXPECT_TRUE(Tainted());
  EXPECT_THAT(Events(kNode), Contains(StartsWith("CloudNotReady: CloudUnreachable")));
  EXPECT_THAT(Events("new"), Contains(StartsWith("FailedCreateContainerGroup: ")));
  EXPECT_GT(Count("virtual_node_status_polls_failed_total"), 2);
  EXPECT_EQ(Metric("virtual_node_cloud_ready"), "0");
  ExpectRuns("old");

  wire_.set_fault(WireFault::kNone);
  clock_.Advance(5min);

  ExpectRuns("new");
  ExpectRuns("old");
  EXPECT_EQ(Condition("CloudReady"), "True CloudAnswers");
  EXPECT_FALSE(Tainted());
  EXPECT_EQ(LivingGroups(), 2);
  EXPECT_EQ(cloud_.groups().size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(, WireFaultTest,
                         testing::Values(WireCase{"Reset", WireFault::kReset},
                                         WireCase{"HalfOpen", WireFault::kHalfOpen},
                                         WireCase{"TruncatedJson", WireFault::kTruncated},
                                         WireCase{"Garbage", WireFault::kGarbage}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace vk::agent
