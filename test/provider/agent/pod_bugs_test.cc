// Bugs of the agent's own, as a user meets them: what one pod runs into stays with that pod.

#include <gmock/gmock.h>

#include <stdexcept>

#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

bool IsStatusOf(const kube::KubeCall& call, std::string_view pod) {
  return call.verb == "patch" && call.key.name == pod && call.key.subresource == "status";
}

class PodBugsTest : public AgentWorld {
 protected:
  PodBugsTest() : AgentWorld([](AgentOptions* options) { options->contain_pod_bugs = true; }) {}

  int StatusCalls(const std::string& pod, std::chrono::nanoseconds span) {
    int calls = 0;
    kube_faults_.on_call = [&](const kube::KubeCall& call) { calls += IsStatusOf(call, pod); };
    clock_.Advance(span);
    kube_faults_.on_call = nullptr;
    return calls;
  }
  void MakeStatusStepsThrow(const std::string& pod) {
    kube_faults_.on_call = [pod, this](const kube::KubeCall& call) {
      if (!IsStatusOf(call, pod)) return;
      ++thrown_;
      throw std::out_of_range("a bug for " + pod);
    };
  }
  void Patch(const std::string& pod, const std::string& subresource, const std::string& json) {
    const auto patched =
        server_.Patch(kube::kPods, {.ns = "default", .name = pod, .subresource = subresource},
                      kube::PatchType::kMerge, json);
    ASSERT_TRUE(patched) << patched.error().message;
  }

  int thrown_ = 0;
};

TEST_F(PodBugsTest, ExceptionInOnePodsStepLeavesThatPodAloneAndAllElseGoesOn) {
  Start();
  MakeStatusStepsThrow("bad");
  CreatePod("bad");
  CreatePod("good");
  clock_.Advance(10s);

  EXPECT_EQ(Pod("good").status().phase(), "Running");
  EXPECT_EQ(Pod("bad").status().phase(), "Pending");
  EXPECT_EQ(LivingGroups(), 2);
  EXPECT_THAT(Events("bad"), Contains(AllOf(StartsWith("AgentBug: "), HasSubstr("a bug for bad"))));
  EXPECT_THAT(Events("good"), testing::Not(Contains(StartsWith("AgentBug"))));
  EXPECT_GE(thrown_, 1);
  EXPECT_EQ(Metric("virtual_node_pod_bugs_total"), std::to_string(thrown_));

  kube_faults_.on_call = nullptr;
  clock_.Advance(1min);
  EXPECT_EQ(Pod("bad").status().phase(), "Running");
}

TEST_F(PodBugsTest, QuarantinedPodIsTriedEverMoreRarelyWhateverHappensAndItsGroupLives) {
  Start();
  CreatePod("bad");
  clock_.Advance(10s);
  ASSERT_EQ(LivingGroups(), 1);
  MakeStatusStepsThrow("bad");

  for (int second = 0; second < 3600; ++second) {
    Patch("bad", "", R"({"metadata": {"labels": {"turn": ")" + std::to_string(second) + R"("}}})");
    if (second == 10) Patch("bad", "status", R"({"status": {"conditions": null}})");
    clock_.Advance(1s);
  }

  EXPECT_GE(thrown_, 8);
  EXPECT_LE(thrown_, 20);
  EXPECT_EQ(LivingGroups(), 1);
  EXPECT_EQ(cloud_.groups().size(), 1u);
}

TEST_F(PodBugsTest, StatusThatTheServerCallsInvalidIsToldAndTriedWithPauses) {
  Start();
  kube_faults_.refuse = [](const kube::KubeCall& call) -> std::optional<base::Error> {
    if (!IsStatusOf(call, "bad")) return {};
    return base::Error(ErrorCode::kInvalidArgument, "status.phase: not like that");
  };
  CreatePod("bad");
  clock_.Advance(1min);

  EXPECT_THAT(Events("bad"), Contains(AllOf(StartsWith("StatusRefused: "),
                                            HasSubstr("status.phase: not like that"))));
  EXPECT_LE(StatusCalls("bad", 1min), 10);
  EXPECT_EQ(LivingGroups(), 1);
  EXPECT_GT(std::stod(Metric("virtual_node_status_refused_total")), 0);

  kube_faults_.refuse = nullptr;
  clock_.Advance(1min);
  EXPECT_EQ(Pod("bad").status().phase(), "Running");
}

class PodGcTest : public PodBugsTest {
 protected:
  // As the pod garbage collection does it.
  void CollectGarbage(const std::string& pod) {
    Patch(pod, "status", R"({"status": {"phase": "Failed", "conditions": [
        {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC"}]}})");
    clock_.Advance(10ms);
    ASSERT_TRUE(server_.Delete(kube::kPods, {.ns = "default", .name = pod, .subresource = {}},
                               {.grace_period_seconds = 0, .uid = {}}));
    clock_.Advance(5s);
  }
};

TEST_F(PodGcTest, RunningPodTakenWhileTheNodeIsYoungIsAnEventOfTheNode) {
  Start();
  CreatePod("web");
  clock_.Advance(20s);

  CollectGarbage("web");

  EXPECT_THAT(Events(kNode), Contains(AllOf(StartsWith("RunningPodDeletedByPodGC: "),
                                            HasSubstr("pod default/web"), HasSubstr("s old"))));
  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(PodGcTest, PodTakenFromANodeThatHasLongBeenThereIsNotOurStory) {
  Start();
  CreatePod("web");
  clock_.Advance(5min);

  CollectGarbage("web");

  EXPECT_THAT(Events(kNode), IsEmpty());
}

TEST_F(PodGcTest, PodThatHadEndedIsNotTold) {
  Start();
  CreatePod("web");
  clock_.Advance(5s);
  Patch("web", "status", R"({"status": {"phase": "Failed"}})");
  clock_.Advance(20s);
  ASSERT_EQ(LivingGroups(), 0);

  CollectGarbage("web");

  EXPECT_THAT(Events(kNode), IsEmpty());
}

// What the cluster's own history shows: the first status could be written a minute late only.
TEST_F(PodBugsTest, StartTimeIsWhenThePodCameHoweverLateItIsWritten) {
  Start();
  kube_faults_.refuse = [](const kube::KubeCall& call) -> std::optional<base::Error> {
    if (!IsStatusOf(call, "web")) return {};
    return base::Error(ErrorCode::kUnavailable, "refused by the test");
  };
  CreatePod("web");
  const auto created = Pod("web").metadata().creationtimestamp().seconds();
  clock_.Advance(60s);
  kube_faults_.refuse = nullptr;
  clock_.Advance(20s);

  EXPECT_EQ(Pod("web").status().phase(), "Running");
  EXPECT_NEAR(static_cast<double>(Pod("web").status().starttime().seconds()),
              static_cast<double>(created), 1);
}

}  // namespace
}  // namespace vk::agent
