// What leaves for the cloud, and when, as the Lease is lost, taken by another and given back
// (docs/ownership.md, section 5).

#include <gmock/gmock.h>

#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;

class LeaseFenceTest : public AgentWorld {
 protected:
  static constexpr int kPods = 5;

  static std::string Name(int i) { return "web-" + std::to_string(i); }
  void CreatePods() {
    for (int i = 0; i < kPods; ++i) CreatePod(Name(i));
  }
  void ForceDeletePods() {
    for (int i = 0; i < kPods; ++i) {
      ASSERT_TRUE(server_.Delete(kube::kPods, {.ns = "default", .name = Name(i), .subresource = {}},
                                 {.grace_period_seconds = 0, .uid = {}}));
    }
  }
  // One call each ten seconds: the others wait for their turn.
  static eci::RateLimitOptions Slow(const std::string& action) {
    return {.per_minute = {{action, 6}}};
  }
  // Until it has run out, whenever it was renewed last.
  void LoseLease() {
    kube_faults_.RefuseLeases();
    clock_.Advance(10s);
  }
};

TEST_F(LeaseFenceTest, CreatesThatWaitForTheirTurnDoNotLeaveAfterTheLeaseRanOut) {
  MakeAgent(Slow("CreateContainerGroup"));
  Start();
  CreatePods();
  clock_.Advance(1s);
  ASSERT_EQ(CallsOf("CreateContainerGroup"), 1);
  LoseLease();
  const int sent = CallsOf("CreateContainerGroup");

  clock_.Advance(5min);
  EXPECT_EQ(CallsOf("CreateContainerGroup"), sent);

  kube_faults_.refuse = nullptr;
  clock_.Advance(3min);
  for (int i = 0; i < kPods; ++i) EXPECT_EQ(Pod(Name(i)).status().phase(), "Running");
  EXPECT_EQ(cloud_.groups().size(), std::size_t{kPods});
}

TEST_F(LeaseFenceTest, RetriesOfAThrottledCreateDoNotLeaveAfterTheLeaseRanOut) {
  Start();
  CloudRefuses("CreateContainerGroup", "Throttling.User");
  CreatePods();
  clock_.Advance(1s);
  LoseLease();
  const int sent = CallsOf("CreateContainerGroup");

  clock_.Advance(5min);
  EXPECT_EQ(CallsOf("CreateContainerGroup"), sent);

  cloud_.faults().Clear();
  kube_faults_.refuse = nullptr;
  clock_.Advance(3min);
  EXPECT_EQ(cloud_.groups().size(), std::size_t{kPods});
}

TEST_F(LeaseFenceTest, DeletesThatWaitForTheirTurnDoNotLeaveAfterTheLeaseRanOut) {
  MakeAgent(Slow("DeleteContainerGroup"));
  Start();
  CreatePods();
  clock_.Advance(10s);
  ASSERT_EQ(LivingGroups(), kPods);
  ForceDeletePods();
  clock_.Advance(1s);
  LoseLease();
  const int sent = CallsOf("DeleteContainerGroup");
  ASSERT_LT(sent, kPods);

  clock_.Advance(5min);
  EXPECT_EQ(CallsOf("DeleteContainerGroup"), sent);

  kube_faults_.refuse = nullptr;
  clock_.Advance(3min);
  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(LeaseFenceTest, SweepsThatWaitForTheirTurnDoNotLeaveAfterTheLeaseRanOut) {
  Start();
  CreatePods();
  clock_.Advance(10s);
  Stop();
  ForceDeletePods();
  MakeAgent(Slow("DeleteContainerGroup"));
  Start();
  for (int i = 0; i < 200 && CallsOf("DeleteContainerGroup") == 0; ++i) clock_.Advance(1s);
  clock_.Advance(1s);
  LoseLease();
  const int sent = CallsOf("DeleteContainerGroup");
  ASSERT_LT(sent, kPods);

  clock_.Advance(5min);
  EXPECT_EQ(CallsOf("DeleteContainerGroup"), sent);

  kube_faults_.refuse = nullptr;
  clock_.Advance(3min);
  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(LeaseFenceTest, CallsOfAnEarlierTermAreNotSentInTheNext) {
  MakeAgent(Slow("CreateContainerGroup"));
  Start();
  CreatePods();
  clock_.Advance(1s);
  ASSERT_EQ(CallsOf("CreateContainerGroup"), 1);

  // Another one had it, and has given it back.
  WriteLease("");
  clock_.Advance(25s);

  // Pods from before are searched for first, which takes at least 30 s.
  EXPECT_EQ(LeaseHolder(), "this-process");
  EXPECT_EQ(CallsOf("CreateContainerGroup"), 1);
  clock_.Advance(5min);
  EXPECT_EQ(cloud_.groups().size(), std::size_t{kPods});
  EXPECT_EQ(LivingGroups(), kPods);
}

TEST_F(LeaseFenceTest, PodsOfAnotherOnesTermAreNotTakenForNew) {
  Start();
  kube_faults_.error = base::Error(ErrorCode::kUnavailable, "away");
  clock_.Advance(30s);
  // While this process sees nothing, another one serves a pod, and gives the Lease back.
  WriteLease("another-process");
  CreatePod("web");
  WriteLease("");
  kube_faults_.error.reset();
  clock_.Advance(20s);

  // It may have a group: nothing is made before a search.
  EXPECT_EQ(CallsOf("CreateContainerGroup"), 0);
  clock_.Advance(2min);
  EXPECT_EQ(Pod("web").status().phase(), "Running");
}

TEST_F(LeaseFenceTest, NothingLeavesOnceTheLeaseWasGivenBack) {
  MakeAgent(Slow("CreateContainerGroup"));
  Start();
  CreatePods();
  clock_.Advance(1s);
  agent_tasks_->Cancel();
  for (int i = 0; i < 1'000 && !LeaseHolder().empty(); ++i) clock_.Advance(10ms);
  ASSERT_EQ(LeaseHolder(), "");
  const int sent = CallsOf("CreateContainerGroup");

  clock_.Advance(5min);

  EXPECT_EQ(CallsOf("CreateContainerGroup"), sent);
}

TEST_F(LeaseFenceTest, LeaseIsKeptUntilTheCallsInFlightHaveEnded) {
  cloud_.faults().Add({.action = "CreateContainerGroup",
                       .caller = {},
                       .kind = fake::FaultKind::kLatency,
                       .latency = 3s});
  Start();
  CreatePod("web");
  clock_.Advance(500ms);
  ASSERT_EQ(CallsOf("CreateContainerGroup"), 1);
  agent_tasks_->Cancel();

  clock_.Advance(2s);
  EXPECT_EQ(LeaseHolder(), "this-process");
  clock_.Advance(2s);

  EXPECT_EQ(LeaseHolder(), "");
  EXPECT_EQ(agent_tasks_->size(), 0u);
}

}  // namespace
}  // namespace vk::agent
