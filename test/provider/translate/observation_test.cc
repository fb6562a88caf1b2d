#include "provider/translate/observation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/eci/v1/container_group_view.pb.h"
#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using testing::IsEmpty;

constexpr Seconds kTen = 1785664800;  // 2026-08-02T10:00:00Z

GroupObservation Status(const std::string& text) {
  return ObserveStatus(FromText<eci::v1::ContainerGroupStatus>(text));
}
GroupObservation Group(const std::string& text) {
  return ObserveGroup(FromText<eci::v1::ContainerGroup>(text));
}

TEST(ObserveStatusTest, RunningGroupIsRead) {
  const GroupObservation seen = Status(R"(
    container_group_id: "eci-1" status: "Running"
    pod_status { pod_ip: "10.0.0.7" container_statuses {
      name: "main" image: "app:1" image_id: "app@sha256:1" ready: true restart_count: 2
      state { running { started_at_started_at: "2026-08-02T10:00:00Z" } }
      last_state { terminated { exit_code: 3 signal: 9 reason: "Error" message: "m"
        started_at: "2026-08-02T09:59:00Z" finished_at: "2026-08-02T09:59:30Z" } } } })");

  EXPECT_EQ(seen.group_id, "eci-1");
  EXPECT_EQ(seen.status, GroupStatus::kRunning);
  EXPECT_EQ(seen.pod_ip, "10.0.0.7");
  EXPECT_FALSE(seen.init_containers);
  ASSERT_EQ(seen.containers.size(), 1u);
  const ContainerObservation& container = seen.containers[0];
  EXPECT_EQ(container.image_id, "app@sha256:1");
  EXPECT_TRUE(container.ready);
  EXPECT_EQ(container.restart_count, 2);
  EXPECT_EQ(container.current.phase, ContainerPhase::kRunning);
  EXPECT_EQ(container.current.started_at, kTen);
  ASSERT_TRUE(container.previous);
  EXPECT_EQ(*container.previous, (ContainerState{ContainerPhase::kTerminated, "Error", "m", 3, 9,
                                                 kTen - 60, kTen - 30}));
}

TEST(ObserveStatusTest, StartIsReadUnderEitherName) {
  const GroupObservation seen = Status(R"(pod_status { container_statuses {
      state { running { started_at: "2026-08-02T10:00:00Z" } } } })");

  EXPECT_EQ(seen.containers[0].current.started_at, kTen);
}

TEST(ObserveStatusTest, WaitingContainerTellsItsReason) {
  const GroupObservation seen = Status(R"(status: "Pending" pod_status { container_statuses {
      state { waiting { reason: "ErrImagePull" message: "no such image" } } last_state {} } })");

  EXPECT_EQ(seen.containers[0].current.phase, ContainerPhase::kWaiting);
  EXPECT_EQ(seen.containers[0].current.reason, "ErrImagePull");
  EXPECT_FALSE(seen.containers[0].previous);
}

TEST(ObserveStatusTest, ConditionTellsWhyTheGroupDoesNotStart) {
  const std::string text = R"(pod_status { conditions { type: "ContainerInstanceCreated"
      status: "False" reason: "NoStock" message: "sold out" } } status: )";

  EXPECT_EQ(Status(text + "\"Scheduling\"").trouble_reason, "NoStock");
  EXPECT_EQ(Status(text + "\"Running\"").trouble_reason, "");
}

TEST(ObserveStatusTest, UnknownStatusIsNoNews) {
  EXPECT_EQ(Status("status: \"Hibernating\"").status, GroupStatus::kUnknown);
}

TEST(ObserveGroupTest, GroupIsReadWithInitContainers) {
  const GroupObservation seen = Group(R"(
    container_group_id: "eci-1" status: "Pending" intranet_ip: "10.0.0.7"
    creation_time: "2026-08-02T10:00:00Z" cpu: 2 memory: 4.5
    init_containers { name: "init" ready: true current_state { state: "Terminated" exit_code: 1
        reason: "Error" start_time: "2026-08-02T10:00:00Z" finish_time: "2026-08-02T10:00:01Z" } }
    containers { name: "main" image: "app:1" restart_count: 1
        current_state { state: "Waiting" reason: "CrashLoopBackOff" }
        previous_state { state: "Terminated" exit_code: 7 } } )");

  EXPECT_EQ(seen.pod_ip, "10.0.0.7");
  EXPECT_EQ(seen.created_at, kTen);
  EXPECT_EQ(seen.instance_spec, "2.0-4.5Gi");
  ASSERT_TRUE(seen.init_containers);
  EXPECT_EQ(seen.init_containers->at(0).current,
            (ContainerState{ContainerPhase::kTerminated, "Error", "", 1, 0, kTen, kTen + 1}));
  EXPECT_EQ(seen.containers[0].current.reason, "CrashLoopBackOff");
  EXPECT_EQ(seen.containers[0].previous->exit_code, 7);
}

TEST(ObserveGroupTest, TypeIsTheSpecificationWhereThereIsOne) {
  EXPECT_EQ(Group("instance_type: \"ecs.c6.large\" cpu: 2 memory: 4").instance_spec,
            "ecs.c6.large");
  EXPECT_EQ(Group("").instance_spec, "");
}

TEST(ObserveGroupTest, GroupWithoutInitContainersSaysSo) {
  ASSERT_TRUE(Group("").init_containers);
  EXPECT_THAT(*Group("").init_containers, IsEmpty());
}

TEST(ObserveGroupTest, NewestWarningExplainsAGroupThatDoesNotStart) {
  const std::string events = R"(
    events { type: "Warning" reason: "Old" last_timestamp: "2026-08-02T09:00:00Z" }
    events { type: "Warning" reason: "NoStock" message: "sold out"
             last_timestamp: "2026-08-02T10:00:00Z" }
    events { type: "Normal" reason: "Pulling" last_timestamp: "2026-08-02T11:00:00Z" } status: )";

  EXPECT_EQ(Group(events + "\"ScheduleFailed\"").trouble_reason, "NoStock");
  EXPECT_EQ(Group(events + "\"ScheduleFailed\"").trouble_message, "sold out");
  EXPECT_EQ(Group(events + "\"Succeeded\"").trouble_reason, "");
}

TEST(MergeTest, WhatTheCheapCallDoesNotTellIsKept) {
  const GroupObservation older = Group(R"(
    container_group_id: "eci-1" status: "Pending" intranet_ip: "10.0.0.7" cpu: 2 memory: 4
    creation_time: "2026-08-02T10:00:00Z" init_containers { name: "init" }
    events { type: "Warning" reason: "Slow" message: "m" })");

  const GroupObservation merged =
      Merge(older, Status("container_group_id: \"eci-1\" status: \"Pending\""));

  EXPECT_EQ(merged.init_containers, older.init_containers);
  EXPECT_EQ(merged.instance_spec, "2.0-4.0Gi");
  EXPECT_EQ(merged.created_at, kTen);
  EXPECT_EQ(merged.pod_ip, "10.0.0.7");
  EXPECT_EQ(merged.trouble_reason, "Slow");
}

TEST(MergeTest, TroubleEndsWithTheStart) {
  const GroupObservation older = Group(R"(container_group_id: "eci-1" status: "Pending"
    events { type: "Warning" reason: "Slow" })");

  EXPECT_EQ(
      Merge(older, Status("container_group_id: \"eci-1\" status: \"Running\"")).trouble_reason, "");
}

TEST(MergeTest, ImageIdIsKeptForTheSameImage) {
  const GroupObservation older = Status(R"(container_group_id: "eci-1" pod_status {
    container_statuses { name: "a" image: "i:1" image_id: "1" }
    container_statuses { name: "b" image: "i:1" image_id: "1" } })");

  const GroupObservation merged = Merge(older, Group(R"(container_group_id: "eci-1"
    containers { name: "a" image: "i:1" } containers { name: "b" image: "i:2" })"));

  EXPECT_EQ(merged.containers[0].image_id, "1");
  EXPECT_EQ(merged.containers[1].image_id, "");
}

TEST(MergeTest, AnotherGroupInheritsNothing) {
  const GroupObservation older = Group("container_group_id: \"eci-1\" intranet_ip: \"10.0.0.7\"");

  EXPECT_EQ(Merge(older, Status("container_group_id: \"eci-2\"")).pod_ip, "");
}

TEST(HasEndedTest, OnlyFinalStatusesHave) {
  EXPECT_TRUE(HasEnded(GroupStatus::kSucceeded));
  EXPECT_TRUE(HasEnded(GroupStatus::kFailed));
  EXPECT_TRUE(HasEnded(GroupStatus::kExpired));
  EXPECT_TRUE(HasEnded(GroupStatus::kScheduleFailed));
  EXPECT_FALSE(HasEnded(GroupStatus::kTerminating));
  EXPECT_FALSE(HasEnded(GroupStatus::kUnknown));
}

}  // namespace
}  // namespace vk::translate
