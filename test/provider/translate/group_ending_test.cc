#include "provider/translate/group_ending.h"

#include <gtest/gtest.h>

#include "provider/translate/group_to_status.h"
#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

constexpr Seconds kNow = 1785664800;

// A pod of this policy with containers "main" and "beside", both of which ran.
core::Pod RanPod(const std::string& policy) {
  auto pod = FromText<core::Pod>(R"(
    metadata { name: "web" namespace: "default" uid: "uid-1" }
    spec { containers { name: "main" } containers { name: "beside" } }
    status { phase: "Running" startTime { seconds: 1785664700 } })");
  pod.mutable_spec()->set_restartpolicy(policy);
  return pod;
}

ContainerObservation Ended(const std::string& name, int exit_code, int signal,
                           const std::string& reason = "Error") {
  return {.name = name,
          .current = {.phase = ContainerPhase::kTerminated,
                      .reason = reason,
                      .exit_code = exit_code,
                      .signal = signal,
                      .started_at = kNow - 50,
                      .finished_at = kNow - 1}};
}

GroupObservation EndedGroup(GroupStatus status, ContainerObservation main,
                            ContainerObservation beside) {
  return {
      .group_id = "eci-1", .status = status, .containers = {std::move(main), std::move(beside)}};
}

std::string PhaseAndReason(const core::Pod& pod, const GroupObservation& group,
                           GroupEnder ended_by) {
  const core::PodStatus status = GroupToStatus(
      pod, group, {.now = kNow, .node_ip = "192.0.2.9", .group_id = "eci-1", .ended_by = ended_by});
  return status.phase() + " " + status.reason();
}

TEST(GroupEndingTest, GroupThatWasStoppedMakesItsPodFailWhateverItsProgramsSay) {
  const auto well = EndedGroup(GroupStatus::kSucceeded, Ended("main", 0, 0, "Completed"),
                               Ended("beside", 0, 0, "Completed"));
  for (const char* const policy : {"Never", "OnFailure", "Always"}) {
    const core::Pod pod = RanPod(policy);
    EXPECT_EQ(PhaseAndReason(pod, well, GroupEnder::kDeadline), "Failed DeadlineExceeded");
    EXPECT_EQ(PhaseAndReason(pod, well, GroupEnder::kSomebodyElse), "Failed ContainerGroupDeleted");
  }
  EXPECT_EQ(PhaseAndReason(RanPod("Never"), well, GroupEnder::kItself), "Succeeded ");
  EXPECT_EQ(PhaseAndReason(RanPod("Never"), well, GroupEnder::kNode), "Succeeded ");
}

TEST(GroupEndingTest, GroupAllOfWhoseContainersWereKilledSaysSo) {
  const auto killed =
      EndedGroup(GroupStatus::kFailed, Ended("main", 137, 9), Ended("beside", 143, 15));
  EXPECT_EQ(PhaseAndReason(RanPod("Never"), killed, GroupEnder::kItself),
            "Failed ContainerGroupKilled");
  EXPECT_EQ(PhaseAndReason(RanPod("Never"), killed, GroupEnder::kNode), "Failed ");
}

TEST(GroupEndingTest, ExitCodesOfContainersThatEndTogetherTellOfASignalToo) {
  auto killed = EndedGroup(GroupStatus::kFailed, Ended("main", 137, 0), Ended("beside", 137, 0));
  EXPECT_EQ(PhaseAndReason(RanPod("Never"), killed, GroupEnder::kItself),
            "Failed ContainerGroupKilled");

  killed.containers[1].current.finished_at -= 20;
  EXPECT_EQ(PhaseAndReason(RanPod("Never"), killed, GroupEnder::kItself), "Failed ");
  EXPECT_EQ(PhaseAndReason(RanPod("Always"), killed, GroupEnder::kItself),
            "Failed ContainerGroupKilled");
}

TEST(GroupEndingTest, OnlyContainerOfAPodMayHaveKilledItself) {
  core::Pod pod = RanPod("Never");
  pod.mutable_spec()->mutable_containers()->RemoveLast();
  GroupObservation group =
      EndedGroup(GroupStatus::kFailed, Ended("main", 137, 0), Ended("beside", 137, 0));
  group.containers.pop_back();

  EXPECT_EQ(PhaseAndReason(pod, group, GroupEnder::kItself), "Failed ");
}

TEST(GroupEndingTest, EndThatContainersExplainThemselvesHasNoReason) {
  const auto one_failed =
      EndedGroup(GroupStatus::kFailed, Ended("main", 3, 0), Ended("beside", 137, 9));
  EXPECT_EQ(PhaseAndReason(RanPod("Never"), one_failed, GroupEnder::kItself), "Failed ");
  const auto no_memory = EndedGroup(GroupStatus::kFailed, Ended("main", 137, 9, "OOMKilled"),
                                    Ended("beside", 137, 9, "OOMKilled"));
  EXPECT_EQ(PhaseAndReason(RanPod("Never"), no_memory, GroupEnder::kItself), "Failed ");
  auto evicted = EndedGroup(GroupStatus::kFailed, Ended("main", 137, 9), Ended("beside", 137, 9));
  evicted.trouble_reason = "Evicted";
  EXPECT_EQ(PhaseAndReason(RanPod("Never"), evicted, GroupEnder::kItself), "Failed ");
}

TEST(GroupEndingTest, PodThatIsBeingDeletedIsNotStoppedByAnybodyElse) {
  core::Pod pod = RanPod("Never");
  pod.mutable_metadata()->mutable_deletiontimestamp()->set_seconds(kNow);
  const auto well = EndedGroup(GroupStatus::kSucceeded, Ended("main", 0, 0, "Completed"),
                               Ended("beside", 0, 0, "Completed"));

  EXPECT_EQ(PhaseAndReason(pod, well, GroupEnder::kSomebodyElse), "Succeeded ");
}

TEST(GroupEndingTest, PodThatNeverRanFailsAtItsDeadline) {
  core::Pod pod = RanPod("Always");
  pod.mutable_status()->set_phase("Pending");
  const core::PodStatus status = DeadlineStatus(pod, {.now = kNow, .node_ip = "192.0.2.9"});

  EXPECT_EQ(status.phase(), "Failed");
  EXPECT_EQ(status.reason(), kDeadlineExceeded);
  EXPECT_EQ(status.message(), kDeadlineMessage);
  ASSERT_EQ(status.containerstatuses_size(), 2);
  EXPECT_EQ(status.containerstatuses(0).state().terminated().exitcode(), 137);
  EXPECT_EQ(status.containerstatuses(0).state().terminated().reason(), "ContainerStatusUnknown");
}

}  // namespace
}  // namespace vk::translate
