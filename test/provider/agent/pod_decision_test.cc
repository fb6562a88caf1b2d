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
  return {.now = kStart + after, .may_act = true, .relist = kStart - 1min};
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

  record.group.refused.push_back("eci-1");
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

PodRecord FromBefore(PodRecord record) {
  record.desired.is_new = false;
  return record;
}

TEST(PodDecisionTest, PodFromBeforeThisProcessWaitsForALateRelistBeforeItGetsAGroup) {
  PodRecord record = FromBefore(NewPod());
  EXPECT_EQ(Decide(record, Now(1s)).wake_at, kStart + kListingLag);
  const Decision late = Decide(record, Now(kListingLag));
  EXPECT_EQ(late.action,
            PodAction::kNothing);  // One full relist for all of them, no search for each.
  EXPECT_TRUE(late.wants_relist);

  DecisionContext after_census = Now(40s);
  after_census.relist = kStart + kListingLag;
  EXPECT_EQ(Decide(record, after_census).action, PodAction::kCreate);
  record.sync.cleared = true;
  record.sync.search_after = kStart + 40s;
  EXPECT_EQ(Decide(record, Now(41s)).action, PodAction::kCreate);
}

PodRecord Told(PodRecord record) {
  PodText text{.restart_policy = "Never"};
  text.creation_refused = true;
  record.desired.pod = *MakePodSnapshot(PodBytes(text));
  return record;
}

TEST(PodDecisionTest, PodThatWasTriedBeforeIsNotTriedAgainForAnEmptyListing) {
  const PodRecord record = Told(FromBefore(NewPod()));
  DecisionContext context = Now(40s);
  context.relist = kStart + 39s;
  EXPECT_EQ(Decide(record, context).action, PodAction::kNothing);
  EXPECT_EQ(Decide(record, context).wake_at, kStart + 39s + kShownPause);

  context.shown = kStart + 39s;
  EXPECT_EQ(Decide(record, context).action, PodAction::kCreate);

  DecisionContext empty_account = Now(kEmptyPatience);
  empty_account.relist = kStart + kEmptyPatience - 1s;
  EXPECT_EQ(Decide(record, empty_account).action, PodAction::kCreate);
}

TEST(PodDecisionTest, SecondAttemptWaitsUntilThePodTellsOfTheFirst) {
  PodRecord record = NewPod();
  record.sync.attempt = 1;
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kNothing);

  EXPECT_EQ(Decide(Told(record), Now()).action, PodAction::kCreate);
}

TEST(PodDecisionTest, OnlyALateListingThatShowsGroupsDisprovesAnEarlierOne) {
  const PodRecord record = FromBefore(NewPod());

  EXPECT_FALSE(EarlierGroupDisproved(record, std::nullopt));
  EXPECT_FALSE(EarlierGroupDisproved(record, kStart + kListingLag - 1s));
  EXPECT_TRUE(EarlierGroupDisproved(record, kStart + kListingLag));
}

// A group that nothing but the pod's annotation names.
PodRecord WithNamedGroup(PodRecord record) {
  record = WithGroup(std::move(record), GroupStatus::kRunning);
  record.group.proven = false;
  record.group.seen.reset();
  record.group.known_since = kStart;
  return record;
}

TEST(PodDecisionTest, PodThatNamesAGroupIsNeverCreatedAgain) {
  EXPECT_EQ(Decide(WithNamedGroup(NewPod()), Now()).action, PodAction::kNothing);
}

TEST(PodDecisionTest, UnansweredCreateIsSentAgainAsItWas) {
  EXPECT_EQ(Decide(WithOpenCreate(NewPod()), Now()).action, PodAction::kResend);
}

TEST(PodDecisionTest, CreateIsNotRepeatedOnceItsTokenMayBeForgotten) {
  const PodRecord record = WithOpenCreate(NewPod());

  const Decision decision = Decide(record, Now(kTokenLifetime + 1s));
  EXPECT_EQ(decision.action, PodAction::kNothing);
  EXPECT_TRUE(decision.wants_relist);
}

TEST(PodDecisionTest, ListingBeforeTheTokenWasForgottenProvesNothing) {
  PodRecord record = WithOpenCreate(NewPod());
  record.sync.left_open = kStart + kTokenLifetime;
  DecisionContext late = Now(kTokenLifetime + kListingLag);
  late.relist = kStart + 1s;

  const Decision early = Decide(record, Now(kTokenLifetime + 1s));
  EXPECT_EQ(early.action, PodAction::kNothing);
  EXPECT_EQ(early.wake_at, kStart + kTokenLifetime + kListingLag);
  EXPECT_TRUE(Decide(record, late).wants_relist);
  late.relist = kStart + kTokenLifetime + kListingLag;
  EXPECT_EQ(Decide(record, late).action, PodAction::kCreate);
}

TEST(PodDecisionTest, RefusalAfterAnUnansweredSendSettlesItOnlyWithAListingThatShowsGroups) {
  PodRecord record = WithOpenCreate(NewPod());
  record.sync.left_open = kStart;

  EXPECT_EQ(Decide(record, Now(1min)).action, PodAction::kResend);  // The same bytes and token.
  EXPECT_FALSE(OpenSendDisproved(record.sync, std::nullopt));
  EXPECT_FALSE(OpenSendDisproved(record.sync, kStart + kListingLag - 1s));
  EXPECT_TRUE(OpenSendDisproved(record.sync, kStart + kListingLag));
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

TEST(PodDecisionTest, GroupThatOnlyAnAnnotationNamesIsNeverDeleted) {
  const PodRecord record = WithNamedGroup(NewPod());
  DecisionContext before = Now();
  DecisionContext after = Now();
  after.relist = kStart + 1ms;

  for (const DecisionContext& context : {before, after}) {
    EXPECT_NE(Decide(Deleting(record, 30), context).action, PodAction::kDelete);
    EXPECT_NE(Decide(Vanished(record), context).action, PodAction::kDelete);
    EXPECT_NE(Decide(WithNamedGroup(NewPod({.phase = "Failed"})), context).action,
              PodAction::kDelete);
  }
}

TEST(PodDecisionTest, PodThatNamesAGroupByAnnotationAloneEndsWithARelistThatDoesNotBearItOut) {
  PodRecord record = Deleting(WithNamedGroup(NewPod()), 30);
  EXPECT_TRUE(Decide(record, Now()).wants_relist);
  EXPECT_EQ(EndingOf(record, Now()), Ending::kNotYet);

  DecisionContext after = Now();
  after.relist = kStart + 1ms;

  EXPECT_EQ(EndingOf(record, after), Ending::kNeverStarted);
  EXPECT_EQ(Decide(Vanished(record), after).action, PodAction::kForget);
}

TEST(PodDecisionTest, GroupThatMayBeOldIsNotWrittenToThePod) {
  PodRecord record = WithGroup(NewPod(), GroupStatus::kPending);
  record.group.may_be_old = true;

  EXPECT_EQ(GroupToName(record), "");
  record.group.may_be_old = false;
  EXPECT_EQ(GroupToName(record), "eci-1");
}

// All containers of the group are shown as over, and the group itself is not.
PodRecord Idle(PodRecord record) {
  record = WithGroup(std::move(record), GroupStatus::kRunning);
  translate::ContainerObservation container{.name = "main"};
  container.current.phase = translate::ContainerPhase::kTerminated;
  record.group.seen->containers = {container};
  record.group.idle_since = kStart;
  return record;
}

TEST(PodDecisionTest, GroupWhoseContainersAreOverIsLeftToEndByItselfAtFirst) {
  const PodRecord running = Idle(NewPod({.restart_policy = "Never"}));
  const PodRecord ended = Idle(NewPod({.phase = "Succeeded", .restart_policy = "Never"}));

  for (PodRecord record : {running, ended}) {
    EXPECT_EQ(Decide(record, Now(1s)).action, PodAction::kNothing);
    EXPECT_EQ(Decide(record, Now(1s)).wake_at, kStart + kIdleProof);
    EXPECT_EQ(Decide(record, Now(kIdleProof)).action, PodAction::kKeepLogs);
    record.sync.logs.group_id = "eci-1";
    EXPECT_EQ(Decide(record, Now(kIdleProof)).action, PodAction::kDelete);
  }
}

TEST(PodDecisionTest, GroupWhoseContainersStartAgainIsNotDeletedForBeingIdle) {
  EXPECT_EQ(Decide(Idle(NewPod({.restart_policy = "Always"})), Now(1h)).action,
            PodAction::kNothing);
}

TEST(PodDecisionTest, GroupThatCameToNothingIsTakenOffThePodBeforeItIsDeleted) {
  PodRecord record =
      WithGroup(NewPod({.group_id = "eci-1", .restart_policy = "Always"}), GroupStatus::kFailed);
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kNothing);
  EXPECT_EQ(GroupToName(record), "");

  record.desired.pod =
      *MakePodSnapshot(PodBytes({.status_group_id = "eci-1", .restart_policy = "Always"}));
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kNothing);
  record.desired.pod = *MakePodSnapshot(PodBytes({.restart_policy = "Always"}));
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kReplace);
}

TEST(PodDecisionTest, PodNamesItsGroupUntilThatIsRefused) {
  EXPECT_EQ(GroupToName(NewPod()), "");
  EXPECT_EQ(GroupToName(WithGroup(NewPod(), GroupStatus::kRunning)), "eci-1");
  PodRecord record = NewPod({.group_id = "eci-old"});
  EXPECT_EQ(GroupToName(record), "eci-old");
  record.group.refused.push_back("eci-old");
  EXPECT_EQ(GroupToName(record), "");
}

TEST(PodDecisionTest, PodThatStillNamesAReplacedGroupGetsAnother) {
  PodRecord record = NewPod({.group_id = "eci-old"});
  record.group.refused.push_back("eci-old");

  EXPECT_EQ(Decide(record, Now()).action, PodAction::kCreate);
}

TEST(PodDecisionTest, DeletionEndsTheGroupOnceWithItsOwnGrace) {
  PodRecord record = Deleting(WithGroup(NewPod(), GroupStatus::kRunning), 30);
  const Decision first = Decide(record, Now());
  record.group.deletion = {.sent = kStart, .accepted = true};

  EXPECT_EQ(first.action, PodAction::kDelete);
  EXPECT_FALSE(first.force);
  EXPECT_EQ(Decide(record, Now(20s)).action, PodAction::kNothing);
}

TEST(PodDecisionTest, ShorterGraceIsForcedWhenItIsOver) {
  PodRecord record = Deleting(WithGroup(NewPod(), GroupStatus::kRunning), 5);
  record.group.deletion = {.sent = kStart, .accepted = true};

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

  record.group.deletion = {.sent = kStart, .accepted = true, .forced = true};
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kNothing);
  record.group.seen->status = GroupStatus::kSucceeded;
  EXPECT_EQ(Decide(record, Now()).action, PodAction::kForget);
}

TEST(PodDecisionTest, PodWithAnOpenCreateWaitsForARelistBeforeItsEnd) {
  PodRecord deleting = Deleting(WithOpenCreate(NewPod()), 30);
  deleting.sync.search_after = kStart;
  DecisionContext context = Now();

  EXPECT_TRUE(Decide(deleting, context).wants_relist);
  EXPECT_EQ(EndingOf(deleting, context), Ending::kNotYet);
  EXPECT_TRUE(Decide(Vanished(deleting), context).wants_relist);
  context.relist = kStart + 1ms;
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
