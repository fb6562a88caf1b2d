#include "provider/agent/group_end.h"

#include <gtest/gtest.h>

#include "proto/eci/v1/container_group.pb.h"
#include "provider/agent/pod_deadline.h"
#include "provider/agent/pod_decision.h"
#include "test/provider/agent/pods.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using translate::ContainerPhase;
using translate::GroupStatus;

const base::TimePoint kStart = base::TimePoint() + 1h;

DecisionContext After(std::chrono::nanoseconds time) {
  return {.now = kStart + time, .may_act = true, .relist = kStart - 1min};
}

// A pod with a group of one container in this phase.
PodRecord WithContainer(const PodText& text, ContainerPhase phase) {
  PodRecord record;
  record.desired.pod = *MakePodSnapshot(PodBytes(text));
  record.desired.is_new = true;
  record.desired.first_seen = kStart - 1h;
  record.group.id = "eci-1";
  record.group.presence = GroupState::Presence::kPresent;
  record.group.proven = true;
  record.group.seen =
      translate::GroupObservation{.group_id = "eci-1", .status = GroupStatus::kRunning};
  record.group.seen->containers.push_back({.name = "main", .current = {.phase = phase}});
  return record;
}

PodRecord Deleted(const PodText& text, ContainerPhase phase = ContainerPhase::kRunning) {
  PodRecord record = WithContainer(text, phase);
  record.desired.deletion_seen = kStart;
  record.desired.deletion_asked = kStart;
  return record;
}

TEST(HookSleepTest, GroupIsDeletedOnceTheHookHasSlept) {
  const PodRecord record = Deleted({.deletion_grace = 30, .pre_stop_sleep = 10});

  const Decision sleeping = Decide(record, After(9s));
  EXPECT_EQ(sleeping.action, PodAction::kNothing);
  EXPECT_EQ(sleeping.wake_at, kStart + 10s);
  const Decision slept = Decide(record, After(10s));
  EXPECT_EQ(slept.action, PodAction::kDelete);
  EXPECT_FALSE(slept.force);
}

TEST(HookSleepTest, ShorterDeletionShortensTheSleepFromWhenTheFirstWasAskedFor) {
  PodRecord record = Deleted({.deletion_grace = 6, .pre_stop_sleep = 10});
  record.desired.deletion_seen = kStart + 3s;  // When the second deletion was seen.

  EXPECT_EQ(Decide(record, After(5s)).wake_at, kStart + 6s);
  const Decision slept = Decide(record, After(6s));
  EXPECT_EQ(slept.action, PodAction::kDelete);
  EXPECT_FALSE(slept.force);
}

TEST(HookSleepTest, DeletionThatHadBegunBeforeThisProcessSleepsTheRest) {
  PodRecord record = Deleted({.deletion_grace = 30, .pre_stop_sleep = 10});
  record.desired.deletion_asked = kStart - 7s;

  EXPECT_EQ(Decide(record, After(0s)).wake_at, kStart + 3s);
  EXPECT_EQ(Decide(record, After(3s)).action, PodAction::kDelete);
}

TEST(HookSleepTest, PodOfWhichNothingRunsIsEndedAtOnce) {
  const PodText text{.deletion_grace = 30, .pre_stop_sleep = 10};
  EXPECT_EQ(Decide(Deleted(text, ContainerPhase::kWaiting), After(0s)).action, PodAction::kDelete);
  EXPECT_EQ(Decide(Deleted(text, ContainerPhase::kTerminated), After(0s)).action,
            PodAction::kDelete);
}

TEST(HookSleepTest, GroupThatNoListingHasShownSleepsIfItsPodRan) {
  PodRecord record = Deleted({.phase = "Running", .deletion_grace = 30, .pre_stop_sleep = 10});
  record.group.seen.reset();
  EXPECT_EQ(Decide(record, After(0s)).action, PodAction::kNothing);

  record.desired.pod = *MakePodSnapshot(PodBytes({.deletion_grace = 30, .pre_stop_sleep = 10}));
  EXPECT_EQ(Decide(record, After(0s)).action, PodAction::kDelete);
}

TEST(HookSleepTest, PodDeletedByForceSleepsNoMore) {
  PodRecord record = Deleted({.deletion_grace = 30, .pre_stop_sleep = 10});
  record.desired.vanished = true;

  const Decision decision = Decide(record, After(1s));

  EXPECT_EQ(decision.action, PodAction::kDelete);
  EXPECT_TRUE(decision.force);
}

PodRecord WithSidecarLeft() {
  PodRecord record =
      WithContainer({.phase = "Running", .restart_policy = "Never", .sidecar = "proxy"},
                    ContainerPhase::kTerminated);
  record.group.only_sidecars_since = kStart;
  record.sync.logs.group_id = "eci-1";
  return record;
}

TEST(SidecarsTest, GroupWhoseSidecarsOutliveTheOthersIsEndedAfterAWhile) {
  const PodRecord record = WithSidecarLeft();

  EXPECT_EQ(Decide(record, After(29s)).action, PodAction::kNothing);
  EXPECT_EQ(Decide(record, After(29s)).wake_at, kStart + kSidecarPatience);
  const Decision overdue = Decide(record, After(30s));
  EXPECT_EQ(overdue.action, PodAction::kDelete);
  EXPECT_FALSE(overdue.force);
}

TEST(SidecarsTest, GroupThatTheCloudEndedIsLeftAlone) {
  PodRecord record = WithSidecarLeft();
  record.group.seen->status = GroupStatus::kSucceeded;

  EXPECT_EQ(Decide(record, After(1h)).action, PodAction::kNothing);
}

TEST(SidecarsTest, GroupIsToldToEndOnce) {
  PodRecord record = WithSidecarLeft();
  record.group.deletion = {.sent = kStart + 30s, .accepted = true};

  EXPECT_EQ(Decide(record, After(40s)).action, PodAction::kNothing);
}

TEST(SidecarsTest, DeletionOfAPodWithSidecarsIsForcedSoonAfterItsGrace) {
  PodRecord record = Deleted({.deletion_grace = 30, .sidecar = "proxy"});
  record.group.deletion = {.sent = kStart, .accepted = true};

  EXPECT_EQ(Decide(record, After(31s)).wake_at, kStart + 32s);
  EXPECT_TRUE(Decide(record, After(32s)).force);
}

TEST(DeletionRoomTest, GroupWithALongerGraceIsEndedByForceWhenTheDeletionsIsOver) {
  PodRecord record = Deleted({.deletion_grace = 30});
  record.group.deletion = {.sent = kStart, .accepted = true};
  DecisionContext context = After(29s);
  EXPECT_FALSE(Decide(record, context).wake_at);  // The cloud's own grace is enough.

  context.longest_grace = 120s;
  EXPECT_EQ(Decide(record, context).wake_at, kStart + 30s);
  context.now = kStart + 30s;
  EXPECT_TRUE(Decide(record, context).force);
}

TEST(DeletionRoomTest, GraceIsCutToWhatTheGroupHas) {
  const auto longer = *MakePodSnapshot(PodBytes({.deletion_grace = 300}));
  EXPECT_NE(WhyGraceIsCut(*longer, 0s), "");
  EXPECT_NE(WhyGraceIsCut(*longer, 120s), "");
  EXPECT_EQ(WhyGraceIsCut(*longer, 300s), "");

  const auto own = *MakePodSnapshot(PodBytes({.deletion_grace = 30}));
  EXPECT_EQ(WhyGraceIsCut(*own, 0s), "");
  const auto with_sidecar = *MakePodSnapshot(PodBytes({.deletion_grace = 300, .sidecar = "proxy"}));
  EXPECT_NE(WhyGraceIsCut(*with_sidecar, 300s), "");
}

PodRecord WithDeadline(int seconds) {
  PodRecord record =
      WithContainer({.phase = "Running", .active_deadline = seconds}, ContainerPhase::kRunning);
  record.desired.active_since = kStart;
  return record;
}

TEST(DeadlineTest, GroupThatWasMadeWithTheDeadlineIsTheCloudsToEndFirst) {
  PodRecord record = WithDeadline(60);
  record.sync.told_active_deadline = 60;

  EXPECT_EQ(Decide(record, After(10s)).wake_at, kStart + 60s);
  EXPECT_EQ(Decide(record, After(60s)).wake_at, kStart + 60s + kCloudDeadlineLag);
  EXPECT_EQ(Decide(record, After(60s + kCloudDeadlineLag)).action, PodAction::kKeepLogs);
}

TEST(DeadlineTest, GroupThatWasMadeWithAnotherDeadlineIsEndedOnceItsLogIsFetched) {
  PodRecord record = WithDeadline(60);
  record.sync.told_active_deadline = 3600;
  EXPECT_EQ(Decide(record, After(59s)).action, PodAction::kNothing);
  EXPECT_EQ(Decide(record, After(60s)).action, PodAction::kKeepLogs);

  record.sync.logs.group_id = "eci-1";
  const Decision decision = Decide(record, After(60s));
  EXPECT_EQ(decision.action, PodAction::kDelete);
  EXPECT_FALSE(decision.force);
}

TEST(DeadlineTest, LogIsFetchedAgainWhenTheGroupHasEnded) {
  PodRecord record = WithDeadline(60);
  record.desired.pod = *MakePodSnapshot(PodBytes({.phase = "Failed"}));
  record.group.seen->status = GroupStatus::kFailed;
  record.group.deletion = {.sent = kStart + 60s, .accepted = true};
  record.sync.logs.group_id = "eci-1";
  EXPECT_EQ(Decide(record, After(70s)).action, PodAction::kKeepLogs);

  record.sync.logs.after_end = true;
  EXPECT_EQ(Decide(record, After(70s)).action, PodAction::kNothing);
}

TEST(DeadlineTest, PodWithoutGroupIsReportedAtItsDeadlineAndGetsNone) {
  PodRecord record = WithDeadline(60);
  record.group = {};
  EXPECT_EQ(Decide(record, After(59s)).action, PodAction::kCreate);
  EXPECT_EQ(EndingOf(record, After(59s)), Ending::kNotYet);

  EXPECT_EQ(Decide(record, After(60s)).action, PodAction::kNothing);
  EXPECT_EQ(EndingOf(record, After(60s)), Ending::kDeadline);
}

TEST(DeadlineTest, CreationWithoutAnswerIsWaitedForUntilALateListing) {
  PodRecord record = WithDeadline(60);
  record.group = {};
  record.sync.unsettled = std::make_shared<const eci::v1::CreateContainerGroupRequest>();
  record.sync.search_after = kStart + 55s;
  DecisionContext context = After(70s);
  context.relist = kStart + 69s;
  EXPECT_EQ(EndingOf(record, context), Ending::kNotYet);
  EXPECT_EQ(Decide(record, context).action, PodAction::kNothing);
  EXPECT_FALSE(Decide(record, context).wants_relist);

  context = After(90s);
  context.relist = kStart + 55s + kListingLag;
  EXPECT_EQ(EndingOf(record, context), Ending::kDeadline);
}

TEST(DeadlineTest, GroupThatFailedToStartIsNotReplacedAfterTheDeadline) {
  PodRecord record = WithDeadline(60);
  record.group.seen->status = GroupStatus::kScheduleFailed;
  EXPECT_EQ(Decide(record, After(59s)).action, PodAction::kReplace);

  EXPECT_EQ(Decide(record, After(60s)).action, PodAction::kNothing);
  EXPECT_EQ(EndingOf(record, After(60s)), Ending::kDeadline);
}

TEST(DeadlineTest, GroupThatVanishedAfterItsDeadlinesDeleteTellsTheDeadline) {
  PodRecord record = WithDeadline(60);
  record.group.presence = GroupState::Presence::kGone;
  record.group.deletion = {.sent = kStart + 60s, .accepted = true};

  EXPECT_EQ(EndingOf(record, After(61s)), Ending::kDeadline);
}

TEST(GroupEnderTest, WhoeverSentTheDeleteEndedTheGroup) {
  using translate::GroupEnder;
  PodRecord record = WithDeadline(60);
  EXPECT_EQ(EnderOf(record), GroupEnder::kItself);
  record.group.stopped_elsewhere = kStart + 30s;
  EXPECT_EQ(EnderOf(record), GroupEnder::kSomebodyElse);
  record.group.stopped_elsewhere = kStart + 60s;  // By an earlier process, as it seems.
  EXPECT_EQ(EnderOf(record), GroupEnder::kDeadline);
  record.group.deletion = {.sent = kStart + 30s};
  EXPECT_EQ(EnderOf(record), GroupEnder::kNode);
  record.group.deletion = {.sent = kStart + 60s};
  EXPECT_EQ(EnderOf(record), GroupEnder::kDeadline);
  record.group.idle_since = kStart + 59s;
  EXPECT_EQ(EnderOf(record), GroupEnder::kItself);
}

}  // namespace
}  // namespace vk::agent
