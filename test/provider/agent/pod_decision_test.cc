#include "provider/agent/pod_decision.h"

#include <gtest/gtest.h>

#include "proto/eci/v1/container_group.pb.h"
#include "test/provider/agent/pods.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using translate::GroupStatus;
using Presence = GroupState::Presence;

const base::TimePoint kStart = base::TimePoint() + 1h;

PodRecord NewPod(const PodText& text = {}) {
  PodRecord record;
  record.desired.pod = *MakePodSnapshot(PodBytes(text));
  record.desired.is_new = true;
  record.desired.first_seen = kStart;
  record.sync.search_after = kStart;
  return record;
}

PodRecord WithGroup(PodRecord record, GroupStatus status) {
  record.group.id = "eci-1";
  record.group.presence = Presence::kPresent;
  record.group.proven = true;
  record.group.seen = translate::GroupObservation{.group_id = "eci-1", .status = status};
  return record;
}

PodRecord Deleting(PodRecord record, int deletion_grace, int grace = 30) {
  record.desired.pod =
      *MakePodSnapshot(PodBytes({.deletion_grace = deletion_grace, .grace = grace}));
  record.desired.deletion_seen = kStart;
  return record;
}

PodRecord Vanished(PodRecord record) {
  record.desired.vanished = true;
  return record;
}

PodRecord WithOpenCreate(PodRecord record) {
  record.sync.unsettled = std::make_shared<const eci::v1::CreateContainerGroupRequest>();
  record.sync.first_sent = kStart;
  return record;
}

DecisionContext Now(std::chrono::nanoseconds after = 1s) {
  return {.now = kStart + after, .may_act = true, .census = kStart - 1min};
}

TEST(PodDecisionTest, StatusNamesAGroupThatTheAnnotationAloneNamesOnlyOnceItIsProven) {
  PodRecord record = WithGroup(NewPod({.group_id = "eci-1"}), GroupStatus::kRunning);
  record.group.proven = false;
  EXPECT_EQ(GroupToNameInStatus(record), "");

  record.group.proven = true;
  EXPECT_EQ(GroupToNameInStatus(record), "eci-1");
}

TEST(PodDecisionTest, StatusKeepsTheGroupThatItNames) {
  PodRecord record = NewPod({.group_id = "eci-1", .status_group_id = "eci-1"});
  EXPECT_EQ(GroupToNameInStatus(record), "eci-1");

  record.group.refused.insert("eci-1");
  EXPECT_EQ(GroupToNameInStatus(record), "");
}

TEST(PodDecisionTest, NewPodWithoutGroupGetsOne) {
  EXPECT_EQ(Decide(NewPod(), Now()).action, PodAction::kCreate);
}

TEST(PodDecisionTest, WithoutTheLeaseNothingIsSent) {
  DecisionContext context = Now();
  context.may_act = false;

  EXPECT_EQ(Decide(NewPod(), context).action, PodAction::kNothing);
  EXPECT_EQ(Decide(Deleting(WithGroup(NewPod(), GroupStatus::kRunning), 30), context).action,
            PodAction::kNothing);
}

TEST(PodDecisionTest, PodFromBeforeThisProcessIsSearchedLateBeforeItGetsAGroup) {
  PodRecord record = NewPod();
  record.desired.is_new = false;
  EXPECT_EQ(Decide(record, Now(1s)).wake_at, kStart + kSearchProof);
  EXPECT_EQ(Decide(record, Now(kSearchProof)).action, PodAction::kSearch);

  DecisionContext after_census = Now(40s);
  after_census.census = kStart + kSearchProof;
  EXPECT_EQ(Decide(record, after_census).action, PodAction::kCreate);
  record.sync.cleared = true;
  record.sync.search_after = kStart + 40s;
  EXPECT_EQ(Decide(record, Now(41s)).action, PodAction::kCreate);
}

TEST(PodDecisionTest, PodThatNamesAGroupIsNeverCreatedAgain) {
  PodRecord record = NewPod({.group_id = "eci-lost"});

  EXPECT_EQ(Decide(record, Now()).action, PodAction::kNothing);
}

TEST(PodDecisionTest, UnansweredCreateIsSentAgainAsItWas) {
  EXPECT_EQ(Decide(WithOpenCreate(NewPod()), Now()).action, PodAction::kResend);
}

TEST(PodDecisionTest, CreateIsNotRepeatedOnceItsTokenMayBeForgotten) {
  const PodRecord record = WithOpenCreate(NewPod());

  EXPECT_EQ(Decide(record, Now(kTokenLifetime + 1s)).action, PodAction::kSearch);
}

TEST(PodDecisionTest, SearchBeforeTheTokenWasForgottenProvesNothing) {
  PodRecord record = WithOpenCreate(NewPod());
  record.sync.left_open = kStart + kTokenLifetime;
  record.sync.searched = kStart + 1s;

  const Decision early = Decide(record, Now(kTokenLifetime + 1s));
  EXPECT_EQ(early.action, PodAction::kNothing);
  EXPECT_EQ(early.wake_at, kStart + kTokenLifetime + kSearchProof);
  EXPECT_EQ(Decide(record, Now(kTokenLifetime + kSearchProof)).action, PodAction::kSearch);
  record.sync.searched = kStart + kTokenLifetime + kSearchProof;
  EXPECT_EQ(Decide(record, Now(kTokenLifetime + 31s)).action, PodAction::kCreate);
}

TEST(PodDecisionTest, RefusalAfterAnUnansweredSendWaitsForASearch) {
  PodRecord record = WithOpenCreate(NewPod());
  record.sync.left_open = kStart;
  record.sync.refused_since = true;

  EXPECT_EQ(Decide(record, Now(1s)).action, PodAction::kResend);
  EXPECT_EQ(Decide(record, Now(31s)).action, PodAction::kSearch);
  record.sync.searched = kStart + 31s;
  EXPECT_EQ(Decide(record, Now(32s)).action, PodAction::kResend);
  EXPECT_TRUE(OpenSendDisproved(record.sync));
}

TEST(PodDecisionTest, ParameterMismatchSearchesInsteadOfCreating) {
  PodRecord record = WithOpenCreate(NewPod());
  record.sync.mismatch = true;

  EXPECT_EQ(Decide(record, Now()).action, PodAction::kSearch);
}

TEST(PodDecisionTest, BackoffIsKeptAndItsEndIsTheNextLook) {
  PodRecord record = NewPod();
  record.sync.next_try = kStart + 10s;

  const Decision decision = Decide(record, Now());

  EXPECT_EQ(decision.action, PodAction::kNothing);
  EXPECT_EQ(decision.wake_at, kStart + 10s);
}

TEST(PodDecisionTest, PodOfTheSameNameWaitsForTheOldGroup) {
  DecisionContext context = Now();
  context.namesake_until = kStart + 60s;

  EXPECT_EQ(Decide(NewPod(), context).action, PodAction::kNothing);
  context.now = kStart + 60s;
  EXPECT_EQ(Decide(NewPod(), context).action, PodAction::kCreate);
}

TEST(PodDecisionTest, RunningPodNeedsNothing) {
  EXPECT_EQ(Decide(WithGroup(NewPod(), GroupStatus::kRunning), Now()).action, PodAction::kNothing);
}

TEST(PodDecisionTest, GroupThatCouldNotBePlacedIsReplaced) {
  EXPECT_EQ(Decide(WithGroup(NewPod(), GroupStatus::kScheduleFailed), Now()).action,
            PodAction::kReplace);
}

// A group that failed before a container of its pod ran.
PodRecord WithIdleFailure(const std::string& restart_policy) {
  return WithGroup(NewPod({.restart_policy = restart_policy}), GroupStatus::kFailed);
}

TEST(PodDecisionTest, GroupThatFailedBeforeAContainerRanIsReplacedIfItsPodRestarts) {
  EXPECT_EQ(Decide(WithIdleFailure("Always"), Now()).action, PodAction::kReplace);
  EXPECT_EQ(Decide(WithIdleFailure("OnFailure"), Now()).action, PodAction::kReplace);
  EXPECT_EQ(Decide(WithIdleFailure("Never"), Now()).action, PodAction::kNothing);
  EXPECT_EQ(EndingOf(WithIdleFailure("Always"), Now()), Ending::kNotYet);
  EXPECT_EQ(EndingOf(WithIdleFailure("Never"), Now()), Ending::kAsObserved);
}

TEST(PodDecisionTest, GroupThatCameToNothingAndIsGoneIsReplacedToo) {
  PodRecord record = WithGroup(NewPod(), GroupStatus::kScheduleFailed);
  record.group.presence = Presence::kGone;
  record.group.lost = true;

  EXPECT_EQ(Decide(record, Now()).action, PodAction::kReplace);
  EXPECT_EQ(EndingOf(record, Now()), Ending::kNotYet);
}

TEST(PodDecisionTest, GroupThatOnlyAnAnnotationNamesIsDeletedOnlyWhereListingsAreBlind) {
  PodRecord record = Deleting(WithGroup(NewPod(), GroupStatus::kRunning), 30);
  record.group.proven = false;
  record.group.seen.reset();
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kNothing);

  DecisionContext blind = Now();
  blind.sees = false;
  EXPECT_EQ(Decide(record, blind).action, PodAction::kDelete);
}

TEST(PodDecisionTest, GroupThatCameToNothingIsTakenOffThePodBeforeItIsDeleted) {
  PodRecord record =
      WithGroup(NewPod({.group_id = "eci-1", .restart_policy = "Always"}), GroupStatus::kFailed);
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kNothing);
  EXPECT_EQ(GroupToName(record), "");

  record.desired.pod = *MakePodSnapshot(PodBytes({.restart_policy = "Always"}));
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kReplace);
}

TEST(PodDecisionTest, PodNamesItsGroupUntilThatIsRefused) {
  EXPECT_EQ(GroupToName(NewPod()), "");
  EXPECT_EQ(GroupToName(WithGroup(NewPod(), GroupStatus::kRunning)), "eci-1");
  PodRecord record = NewPod({.group_id = "eci-old"});
  EXPECT_EQ(GroupToName(record), "eci-old");
  record.group.refused.insert("eci-old");
  EXPECT_EQ(GroupToName(record), "");
}

TEST(PodDecisionTest, PodThatStillNamesAReplacedGroupGetsAnother) {
  PodRecord record = NewPod({.group_id = "eci-old"});
  record.group.refused.insert("eci-old");

  EXPECT_EQ(Decide(record, Now()).action, PodAction::kCreate);
}

TEST(PodDecisionTest, DeletionEndsTheGroupOnceWithItsOwnGrace) {
  PodRecord record = Deleting(WithGroup(NewPod(), GroupStatus::kRunning), 30);
  const Decision first = Decide(record, Now());
  record.sync.delete_sent = kStart;
  record.sync.delete_accepted = true;

  EXPECT_EQ(first.action, PodAction::kDelete);
  EXPECT_FALSE(first.force);
  EXPECT_EQ(Decide(record, Now(20s)).action, PodAction::kNothing);
}

TEST(PodDecisionTest, ShorterGraceIsForcedWhenItIsOver) {
  PodRecord record = Deleting(WithGroup(NewPod(), GroupStatus::kRunning), 5);
  record.sync.delete_sent = kStart;
  record.sync.delete_accepted = true;

  EXPECT_EQ(Decide(record, Now(1s)).wake_at, kStart + 5s);
  const Decision over = Decide(record, Now(5s));
  EXPECT_EQ(over.action, PodAction::kDelete);
  EXPECT_TRUE(over.force);
}

TEST(PodDecisionTest, VanishedPodsGroupIsForcedAndThenForgotten) {
  PodRecord record = Vanished(WithGroup(NewPod(), GroupStatus::kRunning));
  const Decision decision = Decide(record, Now());
  EXPECT_EQ(decision.action, PodAction::kDelete);
  EXPECT_TRUE(decision.force);

  record.sync.delete_accepted = true;
  record.sync.force_sent = true;
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kNothing);
  record.group.seen->status = GroupStatus::kSucceeded;
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kForget);
}

TEST(PodDecisionTest, PodWithAnOpenCreateIsSearchedBeforeItsEnd) {
  PodRecord deleting = Deleting(WithOpenCreate(NewPod()), 30);
  deleting.sync.search_after = kStart;
  DecisionContext context = Now();

  EXPECT_EQ(Decide(deleting, context).action, PodAction::kSearch);
  EXPECT_EQ(EndingOf(deleting, context), Ending::kNotYet);
  EXPECT_EQ(Decide(Vanished(deleting), context).action, PodAction::kSearch);
  deleting.sync.searched = kStart + 1ms;
  EXPECT_EQ(EndingOf(deleting, context), Ending::kNeverStarted);
}

TEST(PodDecisionTest, EndedPodsGroupIsNotLeftRunning) {
  PodRecord record = WithGroup(NewPod({.phase = "Failed"}), GroupStatus::kRunning);

  EXPECT_EQ(Decide(record, Now()).action, PodAction::kDelete);
}

TEST(EndingTest, EndFollowsWhatIsKnownOfTheGroup) {
  PodRecord gone = WithGroup(NewPod(), GroupStatus::kRunning);
  gone.group.presence = Presence::kGone;
  PodRecord lost = gone;
  lost.group.lost = true;

  EXPECT_EQ(EndingOf(WithGroup(NewPod(), GroupStatus::kRunning), Now()), Ending::kNotYet);
  EXPECT_EQ(EndingOf(WithIdleFailure("Never"), Now()), Ending::kAsObserved);
  EXPECT_EQ(EndingOf(gone, Now()), Ending::kUnknown);
  EXPECT_EQ(EndingOf(lost, Now()), Ending::kLost);
  EXPECT_EQ(EndingOf(WithGroup(NewPod(), GroupStatus::kScheduleFailed), Now()), Ending::kNotYet);
  EXPECT_EQ(EndingOf(NewPod(), Now()), Ending::kNotYet);
}

TEST(MayRemoveTest, OnlyAfterTheTerminalPhaseWasReadBackAndNothingRuns) {
  PodRecord record = WithGroup(NewPod(), GroupStatus::kRunning);
  record.desired.pod = *MakePodSnapshot(PodBytes({.phase = "Failed", .deletion_grace = 30}));
  EXPECT_FALSE(MayRemove(record, Now()));

  record.group.seen->status = GroupStatus::kFailed;
  EXPECT_TRUE(MayRemove(record, Now()));

  record.desired.pod = *MakePodSnapshot(PodBytes({.phase = "Running", .deletion_grace = 30}));
  EXPECT_FALSE(MayRemove(record, Now()));
}

}  // namespace
}  // namespace vk::agent
