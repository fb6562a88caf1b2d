#include <gmock/gmock.h>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/agent/agent_world.h"
#include "tools/fake_eci/engine/group/group.h"
#include "tools/fake_eci/engine/group/group_host.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
namespace core = k8s::io::api::core::v1;

// A cloud whose images cannot be had.
class NoImages final : public fake::GroupHost {
 public:
  explicit NoImages(fake::Cloud& cloud) : cloud_(cloud) {}

  void Prepare(const fake::Group& group) override {
    reports_.push_back(
        {.kind = fake::HostReport::Kind::kPrepared, .group = group.number, .epoch = group.epoch});
  }
  void Start(const fake::Group& group, std::size_t container) override {
    reports_.push_back({.kind = fake::HostReport::Kind::kWaiting,
                        .group = group.number,
                        .container = container,
                        .epoch = group.containers[container].epoch,
                        .reason = "ErrImagePull",
                        .message = "no such image"});
  }
  void Stop(const fake::Group&, std::size_t, std::chrono::nanoseconds) override {}
  void Release(const fake::Group&) override {}
  void Forget(const fake::Group&) override {}
  std::vector<fake::LogLine> ReadLog(const fake::Group&, std::size_t, int) const override {
    return {};
  }
  std::vector<fake::UsageSample> ReadUsage(const fake::Group&, base::WallTime,
                                           base::WallTime) const override {
    return {};
  }

  void Report() {
    for (const fake::HostReport& report : std::exchange(reports_, {})) cloud_.Report(report);
  }

 private:
  fake::Cloud& cloud_;
  std::vector<fake::HostReport> reports_;
};

// What the pod's status says of its containers, as the kubelet would.
class ContainerStatesTest : public AgentWorld {
 protected:
  void CreatePodWithInit(int exit_code) {
    core::Pod pod;
    pod.mutable_metadata()->set_name("web");
    pod.mutable_metadata()->set_namespace_("default");
    pod.mutable_spec()->set_nodename(kNode);
    pod.mutable_spec()->set_restartpolicy("Never");
    pod.mutable_spec()->set_dnspolicy("Default");
    core::Container* init = pod.mutable_spec()->add_initcontainers();
    init->set_name("init");
    init->set_image("example/init:1");
    core::EnvVar* code = init->add_env();
    code->set_name("FAKE_ECI_EXIT_CODE");
    code->set_value(std::to_string(exit_code));
    pod.mutable_spec()->add_containers()->set_name("main");
    pod.mutable_spec()->mutable_containers(0)->set_image("example/job:1");
    ASSERT_TRUE(server_.Create(kube::kPods, {.ns = "default", .name = "web", .subresource = {}},
                               kube::ToBytes(pod)));
  }
};

TEST_F(ContainerStatesTest, FailedInitContainerKeepsItsExitCode) {
  Start();
  CreatePodWithInit(4);
  clock_.Advance(10s);

  const core::PodStatus status = Pod("web").status();
  EXPECT_EQ(status.phase(), "Failed");
  ASSERT_EQ(status.initcontainerstatuses_size(), 1);
  EXPECT_EQ(status.initcontainerstatuses(0).state().terminated().exitcode(), 4);
  EXPECT_EQ(status.initcontainerstatuses(0).state().terminated().reason(), "Error");
  EXPECT_EQ(status.containerstatuses(0).state().waiting().reason(), "PodInitializing");
}

TEST_F(ContainerStatesTest, ImageThatCannotBePulledIsToldSoon) {
  NoImages host(cloud_);
  cloud_.set_host(&host);
  Start();
  CreatePod("web");
  for (int second = 0; second < 10; ++second) {
    clock_.Advance(1s);
    host.Report();
  }

  const auto waiting = Pod("web").status().containerstatuses(0).state().waiting();
  EXPECT_EQ(waiting.reason(), "ErrImagePull");
  EXPECT_EQ(waiting.message(), "no such image");
  cloud_.set_host(nullptr);
}

}  // namespace
}  // namespace vk::agent
