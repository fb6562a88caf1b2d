// Deadlines that are set, lowered or met without a group, and groups that somebody else deletes,
// through the whole agent and the fake cloud.

#include <gmock/gmock.h>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "provider/agent/pod_access.h"
#include "test/provider/agent/running_pod.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace core = k8s::io::api::core::v1;

using PodDeadlineTest = RunningPodWorld;

TEST_F(PodDeadlineTest, DeadlineThatIsSetOnARunningPodEndsItThen) {
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  ASSERT_EQ(Status().phase(), "Running");
  SetDeadline(15);
  clock_.Advance(4s);
  EXPECT_EQ(Status().phase(), "Running");
  clock_.Advance(6s);

  EXPECT_EQ(PhaseAndReason(), "Failed DeadlineExceeded");
  EXPECT_EQ(Status().message(), "Pod was active on the node longer than the specified deadline");
  EXPECT_NE(End().exitcode(), 0);
  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(PodDeadlineTest, LoweredDeadlineOfAPodThatRestartsEndsIt) {
  Start();
  core::Pod pod = NewPod("Always");
  pod.mutable_spec()->set_activedeadlineseconds(3600);
  Create(pod);
  clock_.Advance(10s);
  SetDeadline(5);
  clock_.Advance(5s);

  EXPECT_EQ(PhaseAndReason(), "Failed DeadlineExceeded");
  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(PodDeadlineTest, DeadlineThatTheCloudWasToldIsTheCloudsToKeep) {
  Start();
  core::Pod pod = NewPod();
  pod.mutable_spec()->set_activedeadlineseconds(20);
  Create(pod);
  clock_.Advance(60s);

  EXPECT_EQ(PhaseAndReason(), "Failed DeadlineExceeded");
  EXPECT_EQ(Deletes(), 0);  // What it printed stays in the cloud.
}

TEST_F(PodDeadlineTest, DeadlineOfAPodThatWaitsForItsInputsEndsIt) {
  Start();
  core::Pod pod = NewPod();
  pod.mutable_spec()->set_activedeadlineseconds(8);
  core::Container* const main = pod.mutable_spec()->mutable_containers(0);
  main->add_envfrom()->mutable_configmapref()->mutable_localobjectreference()->set_name("none");
  Create(pod);
  clock_.Advance(7s);
  EXPECT_EQ(Status().phase(), "Pending");
  clock_.Advance(3s);

  EXPECT_EQ(PhaseAndReason(), "Failed DeadlineExceeded");
  EXPECT_EQ(Status().message(), "Pod was active on the node longer than the specified deadline");
  EXPECT_EQ(End().exitcode(), 137);
  ASSERT_TRUE(
      server_.Create(kube::kConfigMaps, {.ns = "default", .name = "none", .subresource = {}}, [] {
        core::ConfigMap map;
        map.mutable_metadata()->set_name("none");
        map.mutable_metadata()->set_namespace_("default");
        return kube::ToBytes(map);
      }()));
  clock_.Advance(60s);
  EXPECT_EQ(CallsOf("CreateContainerGroup"), 0);
}

TEST_F(PodDeadlineTest, DeadlineOfAPodThatThereIsNoStockForEndsIt) {
  Start();
  CloudRefuses("CreateContainerGroup", "OperationDenied.NoStock");
  core::Pod pod = NewPod("Always");
  pod.mutable_spec()->set_activedeadlineseconds(30);
  Create(pod);
  clock_.Advance(29s);
  EXPECT_EQ(Status().phase(), "Pending");
  clock_.Advance(4s);
  EXPECT_EQ(PhaseAndReason(), "Failed DeadlineExceeded");
  const int tried = CallsOf("CreateContainerGroup");
  clock_.Advance(10min);

  EXPECT_EQ(CallsOf("CreateContainerGroup"), tried);
}

TEST_F(PodDeadlineTest, DeadlineIsKeptByTheNextProcess) {
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  Stop();
  MakeAgent({.lifted = true});
  SetDeadline(40);
  Start();
  clock_.Advance(15s);
  EXPECT_EQ(Status().phase(), "Running");
  clock_.Advance(60s);

  EXPECT_EQ(PhaseAndReason(), "Failed DeadlineExceeded");
  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(PodDeadlineTest, LogOfAPodThatItsDeadlineEndedIsServedUntilItsObjectGoes) {
  cloud_.behaviours().deleted_shown = 0s;
  Start();
  const auto access = MakePodAccess(*agent_);
  Create(NewPod());
  clock_.Advance(10s);
  SetDeadline(11);
  clock_.Advance(10min);

  ASSERT_EQ(PhaseAndReason(), "Failed DeadlineExceeded");
  const auto view = access->Find("default", "step");
  ASSERT_TRUE(view);
  ASSERT_NE(view->logs, nullptr);
  EXPECT_THAT(view->logs->current.at("main"), HasSubstr("got this far\n"));

  DeletePod(0);
  clock_.Advance(5s);
  EXPECT_FALSE(access->Find("default", "step"));
}

TEST_F(PodDeadlineTest, GroupIsEndedThoughItsLogCannotBeRead) {
  Start();
  CloudRefuses("DescribeContainerLog", "ServiceUnavailable");
  Create(NewPod());
  clock_.Advance(10s);
  SetDeadline(11);
  clock_.Advance(60s);

  EXPECT_EQ(PhaseAndReason(), "Failed DeadlineExceeded");
  EXPECT_EQ(LivingGroups(), 0);
}

using ForeignDeletionTest = RunningPodWorld;

TEST_F(ForeignDeletionTest, PodOfAGroupThatSomebodyDeletesFailsAndSaysSo) {
  Start();
  core::Pod pod = NewPod();
  SetEnv(pod.mutable_spec()->mutable_containers(0), "FAKE_ECI_GRACE_SECONDS", "5");
  pod.mutable_spec()->set_terminationgraceperiodseconds(30);
  Create(pod);
  clock_.Advance(10s);
  DeleteGroup(false);
  clock_.Advance(20s);

  EXPECT_EQ(PhaseAndReason(), "Failed ContainerGroupDeleted");
  EXPECT_THAT(Status().message(), HasSubstr("not by this node"));
  EXPECT_EQ(End().exitcode(), 143);
}

TEST_F(ForeignDeletionTest, PodOfAGroupThatSomebodyDeletesByForceFailsWithAReason) {
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  DeleteGroup(true);
  clock_.Advance(10s);

  EXPECT_EQ(Status().phase(), "Failed");
  EXPECT_EQ(Status().reason(), "ContainerGroupKilled");
  EXPECT_EQ(End().exitcode(), 137);
}

}  // namespace
}  // namespace vk::agent
