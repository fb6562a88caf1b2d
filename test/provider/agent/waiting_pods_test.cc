// What pods cost that wait for a limit of the cloud.

#include <gmock/gmock.h>

#include <map>

#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::Le;
using testing::Pair;
using testing::SizeIs;

// At once the cloud's documented limits let a hundred calls pass, then 16 a second.
constexpr int kPods = 140;

std::string NameOf(int pod) { return "pod-" + std::to_string(pod); }

class WaitingPodsTest : public AgentWorld {
 protected:
  WaitingPodsTest() {
    MakeAgent({});
    kube_faults_.on_call = [this](const kube::KubeCall& call) {
      if (call.verb == "patch" && call.key.subresource == "status" && call.key.ns == "default")
        ++status_patches_[call.key.name];
    };
  }

  void CreatePods() {
    for (int i = 0; i < kPods; ++i) CreatePod(NameOf(i));
  }

  std::map<std::string, int> status_patches_;  // By pod.
};

TEST_F(WaitingPodsTest, PodThatWaitsForTheLimitCostsOnePatchMoreThanOneThatDoesNot) {
  Start();

  CreatePods();
  clock_.Advance(8s);

  EXPECT_EQ(LivingGroups(), kPods);
  EXPECT_EQ(Pod(NameOf(kPods - 1)).status().phase(), "Running");
  EXPECT_THAT(status_patches_, SizeIs(kPods));
  EXPECT_THAT(status_patches_, Each(Pair(testing::_, Le(2))));
}

TEST_F(WaitingPodsTest, DeletionThatWaitsForTheLimitCostsNoPatchMore) {
  Start();
  CreatePods();
  clock_.Advance(8s);
  status_patches_.clear();

  for (int i = 0; i < kPods; ++i) {
    ASSERT_TRUE(server_.Delete(kube::kPods, {"default", NameOf(i), ""}, {}));
  }
  clock_.Advance(8s);

  EXPECT_EQ(LivingGroups(), 0);
  EXPECT_THAT(status_patches_, SizeIs(kPods));
  EXPECT_THAT(status_patches_, Each(Pair(testing::_, 1)));
}

}  // namespace
}  // namespace vk::agent
