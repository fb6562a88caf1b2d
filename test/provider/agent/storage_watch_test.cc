// Limits of ephemeral-storage, through the whole agent and the fake cloud.

#include <gmock/gmock.h>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Not;
using testing::StartsWith;
namespace core = k8s::io::api::core::v1;

constexpr char kCall[] = "DescribeMultiContainerGroupMetric";

class StorageWatchTest : public AgentWorld {
 protected:
  using AgentWorld::AgentWorld;

  // A pod whose container has written so many MiB; an empty limit is none.
  void Create(const std::string& name, const std::string& mib, const std::string& limit) {
    core::Pod pod;
    pod.mutable_metadata()->set_name(name);
    pod.mutable_metadata()->set_namespace_("default");
    pod.mutable_spec()->set_nodename(kNode);
    pod.mutable_spec()->set_restartpolicy("Always");
    pod.mutable_spec()->set_dnspolicy("Default");
    core::Container* main = pod.mutable_spec()->add_containers();
    main->set_name("main");
    main->set_image("example/job:1");
    core::EnvVar* written = main->add_env();
    written->set_name("FAKE_ECI_DISK_MIB");
    written->set_value(mib);
    if (!limit.empty()) {
      (*main->mutable_resources()->mutable_limits())["ephemeral-storage"].set_string(limit);
    }
    ASSERT_TRUE(server_.Create(kube::kPods, {.ns = "default", .name = name, .subresource = {}},
                               kube::ToBytes(pod)));
  }
};

TEST_F(StorageWatchTest, PodThatOutgrowsItsLimitIsEvictedAndItsGroupEnds) {
  Start();
  Create("greedy", "60", "20Mi");
  clock_.Advance(10s);
  EXPECT_EQ(Pod("greedy").status().phase(), "Running");

  clock_.Advance(70s);

  const core::PodStatus status = Pod("greedy").status();
  EXPECT_EQ(status.phase(), "Failed");
  EXPECT_EQ(status.reason(), "Evicted");
  EXPECT_EQ(status.message(),
            "Container main exceeded its local ephemeral storage limit \"20Mi\". ");
  EXPECT_TRUE(status.containerstatuses(0).state().has_terminated());
  EXPECT_EQ(LivingGroups(), 0);
  EXPECT_THAT(Events("greedy"), Contains(StartsWith("Evicted: Container main exceeded")));
  EXPECT_EQ(Metric("virtual_node_pods_evicted_total"), "1");
}

TEST_F(StorageWatchTest, PodsWithinTheirLimitsRunOn) {
  Start();
  Create("modest", "20", "20Mi");

  clock_.Advance(5min);

  EXPECT_EQ(Pod("modest").status().phase(), "Running");
  EXPECT_GE(CallsOf(kCall), 9);
  EXPECT_LE(CallsOf(kCall), 10);
}

TEST_F(StorageWatchTest, NothingIsAskedWhileNoPodHasALimit) {
  Start();
  Create("free", "60", "");

  clock_.Advance(5min);

  EXPECT_EQ(Pod("free").status().phase(), "Running");
  EXPECT_EQ(CallsOf(kCall), 0);
}

TEST_F(StorageWatchTest, TwentyGroupsAreMeasuredByOneCall) {
  Start();
  for (int i = 0; i < 21; ++i) Create("pod-" + std::to_string(i), i == 20 ? "2" : "0", "1Mi");

  clock_.Advance(45s);

  EXPECT_EQ(CallsOf(kCall), 2);
  EXPECT_EQ(Pod("pod-20").status().reason(), "Evicted");
  EXPECT_EQ(Pod("pod-0").status().phase(), "Running");
}

TEST_F(StorageWatchTest, RefusedMeasurementsLeavePodsAsTheyAre) {
  CloudRefuses(kCall, "Forbidden.RAM");
  Start();
  Create("greedy", "60", "20Mi");

  clock_.Advance(5min);

  EXPECT_EQ(Pod("greedy").status().phase(), "Running");
  EXPECT_THAT(Events("greedy"), Not(Contains(StartsWith("Evicted"))));
}

class StorageWatchOffTest : public StorageWatchTest {
 protected:
  StorageWatchOffTest()
      : StorageWatchTest([](AgentOptions* options) { options->storage.enabled = false; }) {}
};

TEST_F(StorageWatchOffTest, NobodyIsMeasured) {
  Start();
  Create("greedy", "60", "20Mi");

  clock_.Advance(5min);

  EXPECT_EQ(Pod("greedy").status().phase(), "Running");
  EXPECT_EQ(CallsOf(kCall), 0);
}

}  // namespace
}  // namespace vk::agent
