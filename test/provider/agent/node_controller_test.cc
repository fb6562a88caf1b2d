#include "provider/agent/node_controller.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/task_group.h"
#include "proto/kubernetes/core/v1/node.pb.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/testing/fake_kube_client.h"
#include "test/base/manual_clock.h"
#include "test/provider/agent/pods.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using k8s::io::api::core::v1::Node;

class NoEvents final : public Events {
 public:
  void OnPod(const PodSnapshot&, bool, const std::string&, const std::string&) override {}
  void OnPodOnceEach(const PodSnapshot&, bool, const std::string&, const std::string&) override {}
  void OnPodOnce(const PodSnapshot&, bool, const std::string&, const std::string&) override {}
  void OnNode(bool, const std::string& reason, const std::string&) override {
    reasons.push_back(reason);
  }
  std::vector<std::string> reasons;
};

class NodeControllerTest : public testing::Test {
 protected:
  explicit NodeControllerTest(std::string gpus = {}) : gpus_(std::move(gpus)) {
    tasks_.Spawn("node", node_.Run());
    tasks_.Spawn("own node", reflector_.Run());
    clock_.Advance(100ms);
  }
  ~NodeControllerTest() override {
    tasks_.Cancel();
    clock_.Advance(1s);
    api_.Detach();
  }

  Node Stored() {
    Node node;
    const auto bytes = server_.Get(kube::kNodes, {.ns = {}, .name = "vk", .subresource = {}});
    if (bytes) node.ParseFromString(*bytes);
    return node;
  }
  static std::string Condition(const Node& node, const std::string& type) {
    for (const auto& condition : node.status().conditions()) {
      if (condition.type() == type) return condition.status();
    }
    return "absent";
  }
  static bool HasTaint(const Node& node, const std::string& key) {
    return std::any_of(node.spec().taints().begin(), node.spec().taints().end(),
                       [&](const auto& taint) { return taint.key() == key; });
  }

  const std::string gpus_;
  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  NullLog log_;
  NoEvents events_;
  base::Metrics metrics_;
  kube::FakeKube server_{1, [this] { return clock_.WallNow(); }};
  kube::FakeKubeFaults faults_;
  kube::FakeKubeClient api_{server_, io_.get_executor(), clock_, faults_};
  NodeController node_{{.name = "vk",
                        .ip = "192.0.2.7",
                        .cluster_id = "c1",
                        .region = "cn-hangzhou",
                        .gpus = gpus_,
                        .version = "v1.36.0"},
                       api_,
                       events_,
                       clock_,
                       log_,
                       base::Random(1),
                       io_.get_executor()};
  kube::Reflector reflector_{{.resource = kube::kNodes,
                              .ns = {},
                              .field_selector = "metadata.name=vk",
                              .label_selector = {}},
                             api_,
                             clock_,
                             base::Random(2),
                             log_,
                             metrics_,
                             node_};
  base::TaskGroup tasks_{io_.get_executor()};
};

TEST_F(NodeControllerTest, RegistersReadyInTheFirstWriteWithLabelAndTaint) {
  const Node node = Stored();

  EXPECT_EQ(Condition(node, "Ready"), "True");
  EXPECT_EQ(node.status().conditions().rbegin()->type(), "Ready");
  EXPECT_EQ(node.metadata().labels().at("type"), "virtual-kubelet");
  EXPECT_EQ(node.spec().providerid(), "eci-vnode://c1/vk");
  EXPECT_TRUE(HasTaint(node, "virtual-kubelet.io/provider"));
  EXPECT_EQ(node.status().capacity().at("cpu").string(), "10000");
}

class NodeWithGpusTest : public NodeControllerTest {
 protected:
  NodeWithGpusTest() : NodeControllerTest("16") {}
};

TEST_F(NodeWithGpusTest, OffersThemToTheScheduler) {
  const Node node = Stored();

  ASSERT_TRUE(node.status().capacity().contains("nvidia.com/gpu"));
  EXPECT_EQ(node.status().capacity().at("nvidia.com/gpu").string(), "16");
  EXPECT_EQ(node.status().allocatable().at("nvidia.com/gpu").string(), "16");
}

TEST_F(NodeControllerTest, GpusThatSomebodyElseOffersStay) {
  EXPECT_FALSE(Stored().status().capacity().contains("nvidia.com/gpu"));
  Node node = Stored();
  node.mutable_metadata()->clear_resourceversion();
  node.mutable_metadata()->clear_uid();
  (*node.mutable_status()->mutable_capacity())["nvidia.com/gpu"].set_string("8");
  ASSERT_TRUE(server_.Delete(kube::kNodes, {.ns = {}, .name = "vk", .subresource = {}}, {}));
  ASSERT_TRUE(server_.Create(kube::kNodes, {.ns = {}, .name = "vk", .subresource = {}},
                             kube::ToBytes(node)));

  clock_.Advance(6min);

  EXPECT_EQ(Stored().status().capacity().at("nvidia.com/gpu").string(), "8");
}

TEST_F(NodeControllerTest, DeletedNodeIsMadeAgainWithinASecond) {
  const std::string first = Stored().metadata().uid();
  ASSERT_TRUE(server_.Delete(kube::kNodes, {.ns = {}, .name = "vk", .subresource = {}}, {}));

  clock_.Advance(1s);

  EXPECT_NE(Stored().metadata().uid(), first);
  EXPECT_EQ(Condition(Stored(), "Ready"), "True");
  EXPECT_EQ(events_.reasons, std::vector<std::string>{"NodeRecreated"});
}

TEST_F(NodeControllerTest, CloudTroubleTaintsTheNodeAndLeavesItReady) {
  node_.SetCloudTrouble({.reason = "Forbidden.RAM", .message = "not authorized"});
  clock_.Advance(1s);
  EXPECT_EQ(Condition(Stored(), "CloudReady"), "False");
  EXPECT_EQ(Condition(Stored(), "Ready"), "True");
  EXPECT_TRUE(HasTaint(Stored(), "virtual-kubelet.io/cloud-unavailable"));

  node_.SetCloudTrouble({});
  clock_.Advance(1s);

  EXPECT_EQ(Condition(Stored(), "CloudReady"), "True");
  EXPECT_FALSE(HasTaint(Stored(), "virtual-kubelet.io/cloud-unavailable"));
}

TEST_F(NodeControllerTest, StatusIsRefreshedEveryFiveMinutesAndNotInBetween) {
  const std::string version = Stored().metadata().resourceversion();
  clock_.Advance(4min);
  EXPECT_EQ(Stored().metadata().resourceversion(), version);

  clock_.Advance(2min);

  EXPECT_NE(Stored().metadata().resourceversion(), version);
}

}  // namespace
}  // namespace vk::agent
