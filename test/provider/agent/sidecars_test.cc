// Native sidecars and preStop hooks that sleep, through the whole agent and the fake cloud.

#include <gmock/gmock.h>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/agent/agent_world.h"
#include "tools/fake_eci/engine/records.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
namespace core = k8s::io::api::core::v1;

void SetEnv(core::Container* container, const std::string& name, const std::string& value) {
  core::EnvVar* variable = container->add_env();
  variable->set_name(name);
  variable->set_value(value);
}

class SidecarWorldTest : public AgentWorld {
 protected:
  static core::Pod NewPod(const std::string& policy) {
    core::Pod pod;
    pod.mutable_metadata()->set_name("web");
    pod.mutable_metadata()->set_namespace_("default");
    pod.mutable_spec()->set_nodename(kNode);
    pod.mutable_spec()->set_restartpolicy(policy);
    pod.mutable_spec()->set_dnspolicy("Default");
    core::Container* main = pod.mutable_spec()->add_containers();
    main->set_name("main");
    main->set_image("example/job:1");
    return pod;
  }

  // A job of ten seconds that ends with this code, and a sidecar that ends a second after it is
  // told to.
  static core::Pod JobWithSidecar(const std::string& exit_code = "0") {
    core::Pod pod = NewPod("Never");
    SetEnv(pod.mutable_spec()->mutable_containers(0), "FAKE_ECI_RUN_SECONDS", "10");
    SetEnv(pod.mutable_spec()->mutable_containers(0), "FAKE_ECI_EXIT_CODE", exit_code);
    core::Container* proxy = pod.mutable_spec()->add_initcontainers();
    proxy->set_name("proxy");
    proxy->set_image("example/proxy:1");
    proxy->set_restartpolicy("Always");
    SetEnv(proxy, "FAKE_ECI_GRACE_SECONDS", "1");
    return pod;
  }

  void Create(const core::Pod& pod) {
    ASSERT_TRUE(server_.Create(kube::kPods, kWeb, kube::ToBytes(pod)));
  }
  void DeleteWithGrace(std::int64_t grace) {
    ASSERT_TRUE(server_.Delete(kube::kPods, kWeb, {.grace_period_seconds = grace, .uid = {}}));
  }
  core::PodStatus Status() const { return Pod("web").status(); }
  std::size_t Deletes() const { return cloud_.groups().at(0).deletes.size(); }

  const kube::ObjectKey kWeb{.ns = "default", .name = "web", .subresource = {}};
};

TEST_F(SidecarWorldTest, JobWithASidecarCompletesWhereTheCloudEndsSidecars) {
  Start();
  Create(JobWithSidecar());
  clock_.Advance(9s);
  const core::PodStatus running = Status();
  clock_.Advance(11s);

  EXPECT_EQ(running.phase(), "Running");
  ASSERT_EQ(running.initcontainerstatuses_size(), 1);
  EXPECT_EQ(running.initcontainerstatuses(0).name(), "proxy");
  EXPECT_TRUE(running.initcontainerstatuses(0).started());
  EXPECT_TRUE(running.initcontainerstatuses(0).ready());
  EXPECT_EQ(running.containerstatuses_size(), 1);
  EXPECT_EQ(Status().phase(), "Succeeded");
  EXPECT_EQ(Status().initcontainerstatuses(0).state().terminated().message(),
            "exit code 143, reason Error");
  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(SidecarWorldTest, JobWithASidecarCompletesWhereTheCloudDoesNotEndSidecars) {
  cloud_.behaviours().container_controls = false;
  Start();
  Create(JobWithSidecar());
  clock_.Advance(35s);
  EXPECT_EQ(Status().phase(), "Running");
  EXPECT_EQ(Deletes(), 0);
  clock_.Advance(25s);

  EXPECT_EQ(Status().phase(), "Succeeded");
  EXPECT_EQ(Status().containerstatuses(0).state().terminated().exitcode(), 0);
  EXPECT_EQ(Deletes(), 1);
  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(SidecarWorldTest, FailedJobWithASidecarFailsInBothClouds) {
  cloud_.behaviours().container_controls = false;
  Start();
  Create(JobWithSidecar("3"));
  clock_.Advance(60s);

  EXPECT_EQ(Status().phase(), "Failed");
  EXPECT_EQ(Status().containerstatuses(0).state().terminated().exitcode(), 3);
  EXPECT_EQ(LivingGroups(), 0);
}

core::Pod Sleeping(core::Pod pod) {
  pod.mutable_spec()->set_terminationgraceperiodseconds(30);
  core::Container* main = pod.mutable_spec()->mutable_containers(0);
  main->mutable_lifecycle()->mutable_prestop()->mutable_sleep()->set_seconds(12);
  SetEnv(main, "FAKE_ECI_GRACE_SECONDS", "1000");
  return pod;
}

TEST_F(SidecarWorldTest, SleepingHookDelaysTheDeletionAndTakesItsPartOfTheGrace) {
  Start();
  Create(Sleeping(NewPod("Always")));
  clock_.Advance(10s);
  DeleteWithGrace(30);
  clock_.Advance(11s);
  EXPECT_EQ(Deletes(), 0);
  EXPECT_EQ(Status().phase(), "Running");
  clock_.Advance(2s);
  EXPECT_EQ(Deletes(), 1);
  EXPECT_EQ(LivingGroups(), 1);
  clock_.Advance(16s);
  EXPECT_EQ(LivingGroups(), 1);
  clock_.Advance(4s);

  EXPECT_EQ(LivingGroups(), 0);
  EXPECT_EQ(Pod("web").metadata().uid(), "");
}

TEST_F(SidecarWorldTest, SecondShorterDeletionShortensTheSleep) {
  Start();
  Create(Sleeping(NewPod("Always")));
  clock_.Advance(10s);
  DeleteWithGrace(30);
  clock_.Advance(2s);
  DeleteWithGrace(4);
  clock_.Advance(3s);

  EXPECT_GE(Deletes(), 1);
}

}  // namespace
}  // namespace vk::agent
