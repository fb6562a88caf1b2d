#include "provider/translate/group_to_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "provider/translate/status_group.h"
#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

constexpr Seconds kNow = 1785664800;

ContainerState Running(Seconds since = kNow - 5) {
  ContainerState state;
  state.phase = ContainerPhase::kRunning;
  state.started_at = since;
  return state;
}
ContainerState Ended(int exit_code) {
  ContainerState state;
  state.phase = ContainerPhase::kTerminated;
  state.exit_code = exit_code;
  state.started_at = kNow - 5;
  state.finished_at = kNow - 1;
  return state;
}
ContainerState WaitingFor(const std::string& reason) {
  ContainerState state;
  state.reason = reason;
  return state;
}
ContainerObservation Container(const std::string& name, ContainerState current, int restarts = 0) {
  ContainerObservation container;
  container.name = name;
  container.restart_count = restarts;
  container.ready = current.phase == ContainerPhase::kRunning;
  container.current = std::move(current);
  return container;
}
GroupObservation Group(GroupStatus status, std::vector<ContainerObservation> containers = {}) {
  GroupObservation group;
  group.group_id = "eci-1";
  group.status = status;
  group.pod_ip = "10.0.0.7";
  group.containers = std::move(containers);
  return group;
}

class GroupToStatusTest : public testing::Test {
 protected:
  // Translates and stores, as the agent does.
  const core::PodStatus& See(const GroupObservation& group, Seconds now = kNow) {
    *pod_.mutable_status() = GroupToStatus(pod_, group, {now, "192.0.2.9", group.group_id});
    return pod_.status();
  }
  void SetPolicy(const std::string& policy) { pod_.mutable_spec()->set_restartpolicy(policy); }
  void AddInit() { pod_.mutable_spec()->add_initcontainers()->set_name("init"); }
  void AddSidecar() {
    AddInit();
    pod_.mutable_spec()->mutable_initcontainers(0)->set_restartpolicy("Always");
  }
  void Delete() { pod_.mutable_metadata()->mutable_deletiontimestamp()->set_seconds(kNow); }
  const core::ContainerStatus& App(int i = 0) const { return pod_.status().containerstatuses(i); }
  const core::ContainerStatus& Init() const { return pod_.status().initcontainerstatuses(0); }
  std::string ConditionOf(const std::string& type) const {
    for (const auto& condition : pod_.status().conditions()) {
      if (condition.type() == type) return condition.status() + " " + condition.reason();
    }
    return "absent";
  }

  core::Pod pod_ = FromText<core::Pod>(R"(
      metadata { name: "p" namespace: "ns" uid: "u" generation: 2 }
      spec { containers { name: "main" image: "app:1" } restartPolicy: "Never" }
      status { phase: "Pending" qosClass: "Burstable"
               conditions { type: "PodScheduled" status: "True" lastTransitionTime { seconds: 7 } } })");
};

TEST_F(GroupToStatusTest, SidecarIsReportedAsTheInitContainerThatItIs) {
  AddSidecar();

  See(Group(GroupStatus::kRunning,
            {Container("init", Running(), 2), Container("main", Running())}));

  ASSERT_EQ(pod_.status().initcontainerstatuses_size(), 1);
  EXPECT_EQ(pod_.status().containerstatuses_size(), 1);
  EXPECT_TRUE(Init().state().has_running());
  EXPECT_TRUE(Init().started());
  EXPECT_TRUE(Init().ready());
  EXPECT_EQ(Init().restartcount(), 2);
  EXPECT_EQ(pod_.status().phase(), "Running");
  EXPECT_EQ(ConditionOf("Ready"), "True ");
}

TEST_F(GroupToStatusTest, ContainerThatEndsInAnUpdateWaitsForItsNextLifeWhateverThePolicy) {
  See(Group(GroupStatus::kRunning, {Container("main", Running())}));

  See(Group(GroupStatus::kUpdating, {Container("main", Ended(143))}));

  EXPECT_EQ(pod_.status().phase(), "Running");
  EXPECT_TRUE(App().state().has_waiting());
  EXPECT_EQ(App().laststate().terminated().exitcode(), 143);
}

TEST_F(GroupToStatusTest, ContainerThatAnUpdateStartedRunsThoughItsLastLifeEndedForGood) {
  See(Group(GroupStatus::kRunning, {Container("main", Ended(0))}));

  See(Group(GroupStatus::kRunning, {Container("main", Running(), 1)}));

  EXPECT_TRUE(App().state().has_running());
  EXPECT_EQ(App().restartcount(), 1);
}

TEST_F(GroupToStatusTest, ContainerThatHadEndedBeforeAnUpdateStaysEnded) {
  See(Group(GroupStatus::kRunning, {Container("main", Ended(0))}));

  See(Group(GroupStatus::kUpdating, {Container("main", Ended(0))}));

  EXPECT_TRUE(App().state().has_terminated());
}

TEST_F(GroupToStatusTest, EphemeralContainerWaitsAndSaysWhyItIsNeverStarted) {
  auto& debugger =
      *pod_.mutable_spec()->add_ephemeralcontainers()->mutable_ephemeralcontainercommon();
  debugger.set_name("debugger");
  debugger.set_image("toolbox:1");

  See(Group(GroupStatus::kRunning, {Container("main", Running())}));

  ASSERT_EQ(pod_.status().ephemeralcontainerstatuses_size(), 1);
  const core::ContainerStatus& told = pod_.status().ephemeralcontainerstatuses(0);
  EXPECT_EQ(told.name(), "debugger");
  EXPECT_EQ(told.image(), "toolbox:1");
  EXPECT_EQ(told.state().waiting().reason(), "EphemeralContainersNotSupported");
  EXPECT_NE(told.state().waiting().message(), "");
  EXPECT_EQ(pod_.status().phase(), "Running");
}

TEST_F(GroupToStatusTest, SidecarThatIsNotReadyMakesThePodUnready) {
  AddSidecar();
  ContainerObservation sidecar = Container("init", Running());
  sidecar.ready = false;

  See(Group(GroupStatus::kRunning, {Container("main", Running()), sidecar}));

  EXPECT_FALSE(Init().ready());
  EXPECT_EQ(ConditionOf("Initialized"), "True ");
  EXPECT_EQ(ConditionOf("Ready"), "False ContainersNotReady");
}

TEST_F(GroupToStatusTest, SidecarRunsAgainAfterAnEndThatThePolicyMakesFinalForOthers) {
  AddSidecar();
  See(Group(GroupStatus::kRunning, {Container("init", Ended(1)), Container("main", Running())}));
  EXPECT_FALSE(Init().started());

  See(Group(GroupStatus::kRunning,
            {Container("init", Running(), 1), Container("main", Running())}));

  EXPECT_TRUE(Init().state().has_running());
  EXPECT_EQ(pod_.status().phase(), "Running");
}

TEST_F(GroupToStatusTest, PodRunsAsLongAsItsSidecarDoesAndSucceedsByItsContainersAlone) {
  AddSidecar();
  See(Group(GroupStatus::kRunning, {Container("init", Running()), Container("main", Ended(0))}));
  EXPECT_EQ(pod_.status().phase(), "Running");

  See(Group(GroupStatus::kFailed, {Container("init", Ended(143)), Container("main", Ended(0))}));

  EXPECT_EQ(pod_.status().phase(), "Succeeded");
  EXPECT_EQ(Init().state().terminated().exitcode(), 143);
}

TEST_F(GroupToStatusTest, SidecarThatNobodySawEndEndsWithItsGroup) {
  AddSidecar();
  See(Group(GroupStatus::kRunning, {Container("init", Running()), Container("main", Running())}));

  See(Group(GroupStatus::kSucceeded, {Container("main", Ended(0))}));

  EXPECT_EQ(pod_.status().phase(), "Succeeded");
  EXPECT_EQ(Init().state().terminated().reason(), "Completed");
}

TEST_F(GroupToStatusTest, FailedSidecarIsNoFailedInitContainer) {
  AddSidecar();
  SetPolicy("Always");

  See(Group(GroupStatus::kFailed,
            {Container("init", Ended(1)), Container("main", WaitingFor(""))}));

  EXPECT_EQ(pod_.status().phase(), "Pending");
}

TEST_F(GroupToStatusTest, LifeOfAPodReadsAsTheKubeletWritesIt) {
  ContainerObservation main = Container("main", Running());
  main.image_id = "app@sha256:1";
  ExpectGolden(See(Group(GroupStatus::kRunning, {main})), "running.status");

  main.current = Ended(0);
  ExpectGolden(See(Group(GroupStatus::kSucceeded, {main}), kNow + 9), "succeeded.status");
}

TEST_F(GroupToStatusTest, NewGroupWaits) {
  GroupObservation group = Group(GroupStatus::kScheduling);
  group.pod_ip.clear();
  const core::PodStatus& status = See(group);

  EXPECT_EQ(status.phase(), "Pending");
  EXPECT_EQ(App().state().waiting().reason(), "ContainerCreating");
  EXPECT_FALSE(App().has_containerid());
  EXPECT_FALSE(App().started());
  EXPECT_EQ(ConditionOf("PodReadyToStartContainers"), "False ");
  EXPECT_EQ(status.starttime().seconds(), kNow);
}

TEST_F(GroupToStatusTest, ReasonLeavesWithItsPhase) {
  pod_.mutable_status()->set_reason("Theirs");
  EXPECT_EQ(See(Group(GroupStatus::kPending)).reason(), "Theirs");
  EXPECT_EQ(See(Group(GroupStatus::kRunning, {Container("main", Running())})).reason(), "");
}

TEST_F(GroupToStatusTest, StartTimeNeverMoves) {
  See(Group(GroupStatus::kPending), kNow);
  EXPECT_EQ(See(Group(GroupStatus::kPending), kNow + 60).starttime().seconds(), kNow);
}

TEST_F(GroupToStatusTest, StartTimeIsWhenTheNodeAcknowledgedThePod) {
  const GroupObservation group = Group(GroupStatus::kPending);
  const StatusFacts facts{.now = kNow, .node_ip = "192.0.2.9", .acknowledged = kNow - 60};

  EXPECT_EQ(GroupToStatus(pod_, group, facts).starttime().seconds(), kNow - 60);
  EXPECT_EQ(WaitingStatus(pod_, "", "", facts).starttime().seconds(), kNow - 60);
  EXPECT_EQ(LostStatus(pod_, "ContainerGroupLost", "", facts).starttime().seconds(), kNow - 60);
}

// The process that acknowledged the pod was killed before it could write anything.
TEST_F(GroupToStatusTest, GroupOfAnEarlierProcessSaysWhenThePodStartedAtTheLatest) {
  GroupObservation group = Group(GroupStatus::kPending);
  group.created_at = kNow - 300;
  const StatusFacts facts{.now = kNow, .node_ip = "192.0.2.9", .acknowledged = kNow - 2};
  EXPECT_EQ(GroupToStatus(pod_, group, facts).starttime().seconds(), kNow - 300);

  pod_.mutable_metadata()->mutable_creationtimestamp()->set_seconds(kNow - 290);
  EXPECT_EQ(GroupToStatus(pod_, group, facts).starttime().seconds(), kNow - 290);
}

TEST_F(GroupToStatusTest, DeadlineIsToldThoughTheFirstStatusIsTheLast) {
  pod_.mutable_spec()->set_activedeadlineseconds(60);
  GroupObservation group = Group(GroupStatus::kFailed, {Container("main", Ended(137))});
  group.created_at = kNow - 61;

  *pod_.mutable_status() =
      GroupToStatus(pod_, group, {.now = kNow, .node_ip = "192.0.2.9", .acknowledged = kNow - 62});

  EXPECT_EQ(pod_.status().reason(), "DeadlineExceeded");
}

TEST_F(GroupToStatusTest, WaitingReasonOfTheCloudIsTold) {
  See(Group(GroupStatus::kPending, {Container("main", WaitingFor("ErrImagePull"))}));

  EXPECT_EQ(App().state().waiting().reason(), "ErrImagePull");
  EXPECT_EQ(ConditionOf("PodReadyToStartContainers"), "True ");
}

TEST_F(GroupToStatusTest, GroupEndsWhatHeldThePodBefore) {
  *pod_.mutable_status() = WaitingStatus(pod_, "CreateContainerConfigError", "no map", {kNow, ""});
  See(Group(GroupStatus::kScheduling));

  EXPECT_EQ(App().state().waiting().reason(), "ContainerCreating");
  EXPECT_EQ(ConditionOf("ContainerInstanceCreated"), "True ");
}

TEST_F(GroupToStatusTest, RestartKeepsTheRunBefore) {
  SetPolicy("Always");
  ContainerObservation main = Container("main", Running(), 2);
  main.previous = Ended(3);
  See(Group(GroupStatus::kRunning, {main}));

  EXPECT_EQ(App().containerid(), "eci://eci-1/main/2");
  EXPECT_EQ(App().restartcount(), 2);
  EXPECT_EQ(App().laststate().terminated().containerid(), "eci://eci-1/main/1");
  EXPECT_EQ(App().laststate().terminated().exitcode(), 3);
  EXPECT_EQ(App().laststate().terminated().reason(), "Error");
}

TEST_F(GroupToStatusTest, CrashLoopIsRunningAndNamesTheRunThatCrashed) {
  SetPolicy("Always");
  ContainerObservation main = Container("main", WaitingFor("CrashLoopBackOff"), 1);
  main.previous = Ended(1);
  const core::PodStatus& status = See(Group(GroupStatus::kRunning, {main}));

  EXPECT_EQ(status.phase(), "Running");
  EXPECT_EQ(App().state().waiting().reason(), "CrashLoopBackOff");
  EXPECT_EQ(App().containerid(), "eci://eci-1/main/1");
  EXPECT_EQ(App().laststate().terminated().containerid(), "eci://eci-1/main/1");
  EXPECT_FALSE(App().ready());
}

TEST_F(GroupToStatusTest, NewsOfAnEarlierRunIsIgnored) {
  SetPolicy("Always");
  See(Group(GroupStatus::kRunning, {Container("main", Running(), 2)}));
  See(Group(GroupStatus::kRunning, {Container("main", Ended(1), 1)}));

  EXPECT_EQ(App().restartcount(), 2);
  EXPECT_TRUE(App().state().has_running());
}

TEST_F(GroupToStatusTest, FinalEndOfAContainerIsKept) {
  pod_.mutable_spec()->add_containers()->set_name("side");
  See(Group(GroupStatus::kRunning, {Container("main", Ended(0)), Container("side", Running())}));
  See(Group(GroupStatus::kRunning, {Container("main", Running()), Container("side", Running())}));

  EXPECT_TRUE(App(0).state().has_terminated());
  EXPECT_EQ(pod_.status().phase(), "Running");
}

TEST_F(GroupToStatusTest, ContainerNobodyTellsOfStaysAsItWas) {
  See(Group(GroupStatus::kRunning, {Container("main", Running())}));
  See(Group(GroupStatus::kUpdating));

  EXPECT_TRUE(App().state().has_running());
}

TEST_F(GroupToStatusTest, TerminalPhaseNeverChanges) {
  See(Group(GroupStatus::kSucceeded, {Container("main", Ended(0))}));
  const std::string before = pod_.status().SerializeAsString();
  See(Group(GroupStatus::kFailed, {Container("main", Ended(1))}), kNow + 60);

  EXPECT_EQ(pod_.status().SerializeAsString(), before);
}

TEST_F(GroupToStatusTest, SameNewsAgainGiveTheSameStatus) {
  ContainerObservation main = Container("main", Running(0));
  See(Group(GroupStatus::kRunning, {main}), kNow);
  const std::string before = pod_.status().SerializeAsString();

  EXPECT_EQ(See(Group(GroupStatus::kRunning, {main}), kNow + 60).SerializeAsString(), before);
}

TEST_F(GroupToStatusTest, DeletedPodEndsWithItsContainersWhateverItsPolicy) {
  SetPolicy("Always");
  Delete();
  EXPECT_EQ(See(Group(GroupStatus::kTerminating, {Container("main", Running())})).phase(),
            "Running");
  EXPECT_EQ(See(Group(GroupStatus::kTerminating, {Container("main", Ended(0))})).phase(),
            "Succeeded");
}

TEST_F(GroupToStatusTest, DeletedPodWithABadEndHasFailed) {
  SetPolicy("Always");
  Delete();
  EXPECT_EQ(See(Group(GroupStatus::kTerminating, {Container("main", Ended(143))})).phase(),
            "Failed");
}

TEST_F(GroupToStatusTest, EndedGroupEndsARestartingPod) {
  SetPolicy("Always");
  EXPECT_EQ(See(Group(GroupStatus::kFailed, {Container("main", Ended(137))})).phase(), "Failed");
  EXPECT_EQ(ConditionOf("Ready"), "False PodFailed");
}

TEST_F(GroupToStatusTest, EndedGroupEndsContainersThatNobodySawEnd) {
  See(Group(GroupStatus::kRunning, {Container("main", Running())}));
  See(Group(GroupStatus::kFailed, {Container("main", Running())}));

  EXPECT_EQ(pod_.status().phase(), "Failed");
  EXPECT_EQ(App().state().terminated().exitcode(), 137);
  EXPECT_EQ(App().state().terminated().reason(), "ContainerStatusUnknown");
  EXPECT_EQ(App().state().terminated().containerid(), "eci://eci-1/main/0");
}

TEST_F(GroupToStatusTest, SucceededGroupWithoutContainersHasSucceeded) {
  EXPECT_EQ(See(Group(GroupStatus::kSucceeded)).phase(), "Succeeded");
  EXPECT_EQ(App().state().terminated().reason(), "Completed");
}

TEST_F(GroupToStatusTest, PendingLimitFailsOnlyPodsThatAreNotRestarted) {
  const auto timed_out =
      Group(GroupStatus::kFailed, {Container("main", WaitingFor("ImagePullBackOff"))});
  SetPolicy("Always");
  EXPECT_EQ(See(timed_out).phase(), "Pending");
  SetPolicy("Never");
  EXPECT_EQ(See(timed_out).phase(), "Failed");
}

TEST_F(GroupToStatusTest, ReclaimedSpotInstanceIsADisruption) {
  SetPolicy("Always");
  See(Group(GroupStatus::kExpired, {Container("main", Running())}));

  EXPECT_EQ(pod_.status().phase(), "Failed");
  EXPECT_EQ(pod_.status().reason(), "SpotInstanceReclaimed");
  EXPECT_EQ(ConditionOf("DisruptionTarget"), "True TerminationByKubelet");
}

TEST_F(GroupToStatusTest, GroupThatCouldNotBePlacedLeavesThePodPending) {
  GroupObservation group = Group(GroupStatus::kScheduleFailed);
  group.trouble_reason = "NoStock";
  See(group);

  EXPECT_EQ(pod_.status().phase(), "Pending");
  EXPECT_EQ(ConditionOf("ContainerInstanceCreated"), "False NoStock");
}

TEST_F(GroupToStatusTest, PassedDeadlineIsTold) {
  pod_.mutable_spec()->set_activedeadlineseconds(60);
  pod_.mutable_status()->mutable_starttime()->set_seconds(kNow - 61);
  See(Group(GroupStatus::kFailed, {Container("main", Ended(137))}));

  EXPECT_EQ(pod_.status().reason(), "DeadlineExceeded");
}

TEST_F(GroupToStatusTest, DeadlineOfACloudWhoseSecondBeganEarlierIsTold) {
  pod_.mutable_spec()->set_activedeadlineseconds(60);
  pod_.mutable_status()->mutable_starttime()->set_seconds(kNow - 60);
  See(Group(GroupStatus::kFailed, {Container("main", Ended(137))}));

  EXPECT_EQ(pod_.status().reason(), "DeadlineExceeded");
}

TEST_F(GroupToStatusTest, FailedMountIsNoReasonOfAContainer) {
  const auto status = WaitingStatus(pod_, "FailedMount", "no map", {kNow, "192.0.2.9"});

  EXPECT_EQ(status.containerstatuses(0).state().waiting().reason(), "ContainerCreating");
  EXPECT_EQ(status.containerstatuses(0).state().waiting().message(), "");
}

TEST_F(GroupToStatusTest, InitContainersAreToldInOrder) {
  AddInit();
  GroupObservation group = Group(GroupStatus::kPending, {Container("main", WaitingFor(""))});
  group.init_containers = {Container("init", Running())};
  See(group);
  EXPECT_EQ(pod_.status().phase(), "Pending");
  EXPECT_EQ(App().state().waiting().reason(), "PodInitializing");
  EXPECT_TRUE(Init().state().has_running());
  EXPECT_FALSE(Init().ready());
  EXPECT_EQ(ConditionOf("Initialized"), "False ContainersNotInitialized");

  group.init_containers = {Container("init", Ended(0))};
  See(group);
  EXPECT_TRUE(Init().ready());
  EXPECT_EQ(ConditionOf("Initialized"), "True ");
}

TEST_F(GroupToStatusTest, InitContainersNobodyTellsOfCompletedWhenAContainerRuns) {
  AddInit();
  See(Group(GroupStatus::kRunning, {Container("main", Running())}));

  EXPECT_EQ(pod_.status().phase(), "Running");
  EXPECT_EQ(Init().state().terminated().reason(), "Completed");
  EXPECT_TRUE(Init().ready());
  EXPECT_EQ(Init().containerid(), "eci://eci-1/init/0");
}

TEST_F(GroupToStatusTest,
       InitContainerNobodyTellsOfRanBetweenTheGroupsStartAndThatOfItsContainers) {
  AddInit();
  pod_.mutable_spec()->mutable_initcontainers(0)->set_image("init:1");
  See(Group(GroupStatus::kScheduling), kNow - 60);
  GroupObservation group = Group(GroupStatus::kRunning, {Container("main", Running(kNow - 5))});
  group.created_at = kNow - 50;
  See(group);

  EXPECT_EQ(Init().state().terminated().startedat().seconds(), kNow - 50);
  EXPECT_EQ(Init().state().terminated().finishedat().seconds(), kNow - 5);
  EXPECT_EQ(Init().imageid(), "init:1");
}

TEST_F(GroupToStatusTest, EndWithoutAStartTakesTheOneThatWasKnownElseThePods) {
  ContainerState ended = Ended(0);
  ended.started_at = 0;
  See(Group(GroupStatus::kScheduling), kNow - 60);
  See(Group(GroupStatus::kSucceeded, {Container("main", ended)}));
  EXPECT_EQ(App().state().terminated().startedat().seconds(), kNow - 60);
  EXPECT_EQ(App().imageid(), "app:1");

  pod_.mutable_status()->set_phase("Pending");
  pod_.mutable_status()->clear_containerstatuses();
  See(Group(GroupStatus::kRunning, {Container("main", Running(kNow - 20))}));
  See(Group(GroupStatus::kSucceeded, {Container("main", ended)}));
  EXPECT_EQ(App().state().terminated().startedat().seconds(), kNow - 20);
}

TEST_F(GroupToStatusTest, EndBeforeThePodsStartStartsWithIt) {
  ContainerState ended = Ended(0);
  ended.started_at = 0;
  See(Group(GroupStatus::kSucceeded, {Container("main", ended)}));

  EXPECT_EQ(App().state().terminated().startedat().seconds(), kNow - 1);
}

TEST_F(GroupToStatusTest, FailedInitContainerFailsThePodAndLeavesTheOthersWaiting) {
  AddInit();
  GroupObservation group = Group(GroupStatus::kFailed, {Container("main", WaitingFor(""))});
  group.init_containers = {Container("init", Ended(1))};
  See(group);

  EXPECT_EQ(pod_.status().phase(), "Failed");
  EXPECT_EQ(App().state().waiting().reason(), "PodInitializing");
}

TEST_F(GroupToStatusTest, ContainersAreSortedByName) {
  pod_.mutable_spec()->add_containers()->set_name("aaa");
  See(Group(GroupStatus::kRunning, {Container("main", Running()), Container("aaa", Running())}));

  EXPECT_EQ(App(0).name(), "aaa");
  EXPECT_EQ(App(1).name(), "main");
}

TEST_F(GroupToStatusTest, LongTerminationMessageIsCutBetweenCharacters) {
  ContainerState ended = Ended(1);
  ended.message = std::string(4095, 'x') + "\xc3\xa4";
  See(Group(GroupStatus::kFailed, {Container("main", ended)}));

  EXPECT_EQ(App().state().terminated().message(), std::string(4095, 'x'));
}

TEST_F(GroupToStatusTest, WaitingPodTellsWhatItWaitsFor) {
  const core::PodStatus status =
      WaitingStatus(pod_, "CreateContainerConfigError", "no map", {kNow, "192.0.2.9"});

  EXPECT_EQ(status.phase(), "Pending");
  EXPECT_EQ(status.containerstatuses(0).state().waiting().reason(), "CreateContainerConfigError");
  EXPECT_EQ(status.hostip(), "192.0.2.9");
  *pod_.mutable_status() = status;
  EXPECT_EQ(ConditionOf("ContainerInstanceCreated"), "False CreateContainerConfigError");
  EXPECT_EQ(ConditionOf("Ready"), "False ContainersNotReady");

  const core::PodStatus later = WaitingStatus(pod_, "", "", {kNow, ""});
  EXPECT_EQ(later.containerstatuses(0).state().waiting().reason(), "ContainerCreating");
}

TEST_F(GroupToStatusTest, WaitingPodWithoutTroubleHasNoConditionOfOurs) {
  *pod_.mutable_status() = WaitingStatus(pod_, "", "", {kNow, ""});

  EXPECT_EQ(ConditionOf("ContainerInstanceCreated"), "absent");
}

TEST_F(GroupToStatusTest, GroupThatWasNotSeenYetIsNamed) {
  *pod_.mutable_status() = WaitingStatus(pod_, "", "", {kNow, "", "eci-1"});

  EXPECT_EQ(ConditionOf("ContainerInstanceCreated"), "True ");
  EXPECT_EQ(GroupNamedIn(pod_.status()), "eci-1");
}

TEST_F(GroupToStatusTest, PodNamesItsGroupFromTheFirstToTheLastStatus) {
  See(Group(GroupStatus::kScheduling));
  EXPECT_EQ(GroupNamedIn(pod_.status()), "eci-1");

  GroupObservation troubled = Group(GroupStatus::kPending);
  troubled.trouble_reason = "ErrImagePull";
  See(troubled);
  EXPECT_EQ(GroupNamedIn(pod_.status()), "eci-1");

  See(Group(GroupStatus::kRunning, {Container("main", Running())}));
  EXPECT_EQ(GroupNamedIn(pod_.status()), "eci-1");

  See(Group(GroupStatus::kSucceeded, {Container("main", Ended(0))}));
  EXPECT_EQ(GroupNamedIn(pod_.status()), "eci-1");
}

TEST_F(GroupToStatusTest, GroupTakenOffThePodIsNamedNoMore) {
  AddInit();
  SetPolicy("Always");
  GroupObservation group = Group(GroupStatus::kPending);
  group.init_containers.emplace().push_back(Container("init", Ended(0)));
  See(group);
  ASSERT_TRUE(Init().has_containerid());

  *pod_.mutable_status() = WaitingStatus(pod_, "NoStock", "sold out", {kNow, ""});

  EXPECT_EQ(GroupNamedIn(pod_.status()), "");
}

TEST_F(GroupToStatusTest, WaitingDoesNotTakeARunningPodBack) {
  See(Group(GroupStatus::kRunning, {Container("main", Running())}));

  EXPECT_EQ(WaitingStatus(pod_, "CloudUnavailable", "", {kNow, ""}).phase(), "Running");
}

TEST_F(GroupToStatusTest, LostGroupFailsThePod) {
  See(Group(GroupStatus::kRunning, {Container("main", Running())}));
  *pod_.mutable_status() = LostStatus(pod_, "ContainerGroupLost", "gone", {kNow + 9, ""});

  EXPECT_EQ(pod_.status().phase(), "Failed");
  EXPECT_EQ(pod_.status().reason(), "ContainerGroupLost");
  EXPECT_EQ(App().state().terminated().exitcode(), 137);
  EXPECT_EQ(App().state().terminated().reason(), "ContainerGroupLost");
  EXPECT_EQ(App().state().terminated().startedat().seconds(), kNow - 5);
  EXPECT_EQ(ConditionOf("Ready"), "False PodFailed");
}

TEST_F(GroupToStatusTest, LostGroupKeepsEndsThatWereKnown) {
  SetPolicy("OnFailure");
  See(Group(GroupStatus::kRunning, {Container("main", Ended(0))}));
  ASSERT_EQ(pod_.status().phase(), "Running");

  const core::PodStatus status =
      LostStatus(pod_, "ContainerStatusUnknown", "gone", {kNow, "192.0.2.9"});

  EXPECT_EQ(status.phase(), "Succeeded");
  EXPECT_EQ(status.containerstatuses(0).state().terminated().exitcode(), 0);
  EXPECT_FALSE(status.has_reason());
}

TEST_F(GroupToStatusTest, PodThatNeverStartedHasFailed) {
  AddInit();
  const core::PodStatus status = NeverStartedStatus(pod_, "deleted first", {kNow, ""});

  EXPECT_EQ(status.phase(), "Failed");
  EXPECT_EQ(status.message(), "deleted first");
  EXPECT_EQ(status.containerstatuses(0).state().terminated().exitcode(), 137);
  EXPECT_EQ(status.initcontainerstatuses(0).state().terminated().exitcode(), 137);
  EXPECT_FALSE(status.containerstatuses(0).has_containerid());
}

TEST_F(GroupToStatusTest, WaitingContainerKeepsTheEndThatIsKnownOfIt) {
  SetPolicy("Always");
  See(Group(GroupStatus::kRunning, {Container("main", Ended(3))}));

  See(Group(GroupStatus::kRunning, {Container("main", WaitingFor("CrashLoopBackOff"))}));

  EXPECT_EQ(pod_.status().phase(), "Running");
  EXPECT_EQ(App().laststate().terminated().exitcode(), 3);
  See(Group(GroupStatus::kRunning, {Container("main", WaitingFor("CrashLoopBackOff"))}));
  EXPECT_EQ(pod_.status().phase(), "Running");
}

TEST_F(GroupToStatusTest, RunningContainerThatIsShownWaitingHasEndedSomehow) {
  SetPolicy("Always");
  See(Group(GroupStatus::kRunning, {Container("main", Running())}));

  See(Group(GroupStatus::kRunning, {Container("main", WaitingFor("CrashLoopBackOff"))}));

  EXPECT_EQ(pod_.status().phase(), "Running");
  EXPECT_EQ(App().laststate().terminated().reason(), "ContainerStatusUnknown");
}

TEST_F(GroupToStatusTest, PodStaysRunningUntilItsGroupSaysThatItHasEnded) {
  See(Group(GroupStatus::kRunning, {Container("main", Running())}));

  See(Group(GroupStatus::kRunning, {Container("main", Ended(0))}));
  EXPECT_EQ(pod_.status().phase(), "Running");

  See(Group(GroupStatus::kSucceeded, {Container("main", Ended(0))}));
  EXPECT_EQ(pod_.status().phase(), "Succeeded");
}

TEST_F(GroupToStatusTest, PodThatWaitedForARestartWhenItsGroupGotLostHasFailed) {
  SetPolicy("Always");
  See(Group(GroupStatus::kRunning, {Container("main", Ended(0))}));

  const core::PodStatus lost = LostStatus(pod_, "ContainerGroupLost", "gone", {kNow, "", ""});

  EXPECT_EQ(lost.phase(), "Failed");
  EXPECT_EQ(lost.reason(), "ContainerGroupLost");
}

TEST(ContainersAreOverTest, OnlyWhatThePolicyNeverStartsAgainIsOver) {
  core::Pod pod = FromText<core::Pod>(
      R"(spec { containers { name: "main" } restartPolicy: "OnFailure" } status { phase: "Running" })");

  EXPECT_TRUE(ContainersAreOver(pod, Group(GroupStatus::kRunning, {Container("main", Ended(0))})));
  EXPECT_FALSE(ContainersAreOver(pod, Group(GroupStatus::kRunning, {Container("main", Ended(1))})));
  EXPECT_FALSE(
      ContainersAreOver(pod, Group(GroupStatus::kRunning, {Container("main", Running())})));
}

}  // namespace
}  // namespace vk::translate
