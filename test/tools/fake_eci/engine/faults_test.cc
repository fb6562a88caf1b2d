#include <gmock/gmock.h>

#include "eci_client/flow_limits.h"
#include "test/tools/fake_eci/engine/cloud_fixture.h"
#include "tools/fake_eci/engine/flow_limits.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

class FaultsTest : public CloudTest {};

TEST_F(FaultsTest, RefusalHasNoEffectAndEndsWithItsCount) {
  FaultRule rule;
  rule.action = "CreateContainerGroup";
  rule.code = "InternalError";
  rule.count = 2;
  cloud_.faults().Add(rule);

  EXPECT_EQ(CodeOf(Create(Request())), "InternalError");
  EXPECT_EQ(CodeOf(Create(Request())), "InternalError");
  EXPECT_EQ(CodeOf(Create(Request())), "OK");
  EXPECT_EQ(cloud_.groups().size(), 1u);
}

TEST_F(FaultsTest, ErrorAfterHasItsEffect) {
  FaultRule rule;
  rule.kind = FaultKind::kErrorAfter;
  cloud_.faults().Add(rule);

  EXPECT_EQ(CodeOf(Create(Request())), "ServiceUnavailable");
  EXPECT_EQ(cloud_.groups().size(), 1u);
}

TEST_F(FaultsTest, LostReplyHasItsEffectAndIsMarked) {
  FaultRule rule;
  rule.kind = FaultKind::kLostReply;
  cloud_.faults().Add(rule);

  CreateId(Request());

  EXPECT_TRUE(last_.reply_lost);
  EXPECT_EQ(cloud_.groups().size(), 1u);
  EXPECT_TRUE(cloud_.calls().back().lost_reply);
}

TEST_F(FaultsTest, EmptyListingShowsNothingToThatCaller) {
  CreateId(Request());
  FaultRule rule;
  rule.kind = FaultKind::kEmptyListing;
  rule.caller = "test-key";
  cloud_.faults().Add(rule);

  EXPECT_EQ(List().total_count(), 0);
  EXPECT_EQ(ListStatus().total_count(), 0);

  rule.caller = "somebody-else";
  cloud_.faults().Clear();
  cloud_.faults().Add(rule);
  EXPECT_EQ(List().total_count(), 1);
}

TEST_F(FaultsTest, LatencyDelaysTheAnswer) {
  FaultRule rule;
  rule.kind = FaultKind::kLatency;
  rule.latency = 3s;
  cloud_.faults().Add(rule);

  CreateId(Request());

  EXPECT_EQ(last_.delay, 3s);
}

TEST_F(FaultsTest, ProbabilityStrikesAShareOfTheCalls) {
  FaultRule rule;
  rule.probability = 0.3;
  cloud_.faults().Add(rule);
  int refused = 0;
  for (int i = 0; i < 1000; ++i) refused += Create(Request()) ? 0 : 1;

  EXPECT_NEAR(refused, 300, 60);
}

TEST_F(FaultsTest, FlowLimitRefusesUntilTheMinuteIsOver) {
  cloud_.flow_limits().Set("CreateContainerGroup", 1);
  EXPECT_EQ(CodeOf(Create(Request())), "OK");
  Advance(20s);

  const auto refused = Create(Request());

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cloud_code, "Throttling.Api");
  EXPECT_EQ(refused.error().retry_after, 40s);
  Advance(40s);
  EXPECT_EQ(CodeOf(Create(Request())), "OK");
}

TEST_F(FaultsTest, EveryCallIsRecordedWithItsOutcome) {
  const std::string id = CreateId(Request());
  EXPECT_FALSE(Delete("eci-unknown"));

  ASSERT_EQ(cloud_.calls().size(), 2u);
  EXPECT_EQ(cloud_.calls()[0].action, "CreateContainerGroup");
  EXPECT_EQ(cloud_.calls()[0].group_id, id);
  EXPECT_EQ(cloud_.calls()[0].caller, "test-key");
  EXPECT_EQ(cloud_.calls()[1].outcome, "InvalidContainerGroupId.NotFound");
  EXPECT_EQ(cloud_.call_counts().at({"CreateContainerGroup", "OK"}), 1u);
}

TEST_F(FaultsTest, ResetForgetsEverything) {
  CreateId(Request());
  cloud_.faults().Add({});

  cloud_.Reset();

  EXPECT_TRUE(cloud_.groups().empty());
  EXPECT_TRUE(cloud_.faults().rules().empty());
  EXPECT_EQ(List().total_count(), 0);
}

TEST(FlowLimitTableTest, AgreesWithTheOneTheClientKeepsTo) {
  const FlowLimits limits;
  for (const eci::FlowLimit& published : eci::PublishedFlowLimits()) {
    const auto it = limits.per_minute().find(published.action);
    ASSERT_NE(it, limits.per_minute().end()) << published.action;
    EXPECT_EQ(it->second, published.per_minute) << published.action;
  }
}

TEST(ReplayTest, EqualSeedsGiveEqualAnswers) {
  const auto run = [] {
    boost::asio::io_context io{1};
    base::ManualClock clock{io};
    Cloud cloud({}, clock, base::Random(42));
    FaultRule rule;
    rule.probability = 0.5;
    cloud.faults().Add(rule);
    std::string trace;
    for (int i = 0; i < 50; ++i) {
      eci::v1::CreateContainerGroupRequest request;
      request.set_region_id("cn-hangzhou");
      request.set_container_group_name("web");
      request.add_container()->set_name("main");
      request.mutable_container(0)->set_image("registry.example/app:1");
      eci::v1::CreateContainerGroupResponse reply;
      const CallOutcome outcome = cloud.Call("k", "CreateContainerGroup", request, &reply);
      trace += outcome.request_id + reply.container_group_id();
    }
    return trace;
  };

  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace vk::fake
