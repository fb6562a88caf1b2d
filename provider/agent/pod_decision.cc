#include "provider/agent/pod_decision.h"

#include <algorithm>

#include "provider/agent/ended_logs.h"
#include "provider/agent/group_end.h"
#include "provider/agent/pod_deadline.h"
#include "provider/agent/scratch_pods.h"
#include "provider/translate/group_to_status.h"

namespace vk::agent {
namespace {

using base::TimePoint;
using translate::GroupStatus;

Decision Wait(const char* because, std::optional<TimePoint> wake_at = std::nullopt) {
  return {.action = PodAction::kNothing, .wake_at = wake_at, .because = because};
}

Decision Forget(const char* because) {
  return {.action = PodAction::kForget, .wake_at = std::nullopt, .because = because};
}

// Until a full relist that begins from now on is believed.
Decision AwaitRelist(const char* because) {
  return {.action = PodAction::kNothing, .wants_relist = true, .because = because};
}

// Whether a full relist that began at or after `when` would have shown a group of this pod.
bool SearchedSince(const DecisionContext& context, TimePoint when) {
  return context.relist && *context.relist >= when;
}

// Whether the group ended without having been of any use: the pod needs another one. Only a group
// that failed has to be compared with the pod.
bool CameToNothing(const PodRecord& record) {
  if (!record.group.seen) return false;
  const GroupStatus status = record.group.seen->status;
  if (status != GroupStatus::kFailed) return status == GroupStatus::kScheduleFailed;
  ScratchPods scratch;
  const auto* const pod = scratch.Parse(record.desired.pod->bytes);
  return pod != nullptr && translate::CameToNothing(*pod, *record.group.seen);
}

bool NeedsAnother(const PodRecord& record) {
  const PodSnapshot& pod = *record.desired.pod;
  return !pod.fail_fast && !pod.deleting() && CameToNothing(record);
}

// Whether a process before this one may have made a group that no listing has shown yet.
bool MayHaveEarlierGroup(const PodRecord& record) {
  return !record.desired.is_new && !record.sync.cleared;
}

// Whether nobody knows yet if there is a group: only its annotation names one, the outcome of a
// create is open, or an earlier process may have made one.
bool NeedsSearchBeforeEnd(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (group.presence == GroupState::Presence::kGone || group.IsThere()) return false;
  const bool named = group.presence == GroupState::Presence::kPresent;
  if (named && !SearchedSince(context, group.known_since)) return true;
  const bool may_have_group = record.sync.unsettled || MayHaveEarlierGroup(record);
  return may_have_group && !SearchedSince(context, record.sync.search_after);
}

// The same for a pod that goes on to be there: late enough for a group that lags in listings.
bool NeedsLateSearch(const PodRecord& record, const DecisionContext& context) {
  if (NeedsSearchBeforeEnd(record, context)) return true;
  const bool may_have_group = record.sync.unsettled || MayHaveEarlierGroup(record);
  return record.group.presence == GroupState::Presence::kNone && may_have_group &&
         !SearchedSince(context, record.sync.search_after + kListingLag);
}

// Whether every container is over for good by the pod's policy, and has been shown so for long
// enough, so that the group itself need not be waited for.
bool IsOver(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (!group.idle_since || context.now < *group.idle_since + kIdleProof) return false;
  ScratchPods scratch;
  const auto* const pod = scratch.Parse(record.desired.pod->bytes);
  return pod != nullptr && translate::ContainersAreOver(*pod, *group.seen);
}

// Any call to the cloud: only with the Lease, and not before the backoff is over.
std::optional<Decision> Held(const PodRecord& record, const DecisionContext& context) {
  if (!context.may_act) return Wait("the process lease is not held");
  if (context.now < record.sync.next_try) return Wait("backing off", record.sync.next_try);
  return std::nullopt;
}

Decision Act(const PodRecord& record, const DecisionContext& context, PodAction action,
             const char* because, bool force = false) {
  if (auto held = Held(record, context)) return *held;
  return {.action = action, .force = force, .wake_at = std::nullopt, .because = because};
}

Decision EndGroup(const PodRecord& record, const DecisionContext& context, bool force_now) {
  const std::optional<GroupDeletion>& deletion = record.group.deletion;
  if (!record.group.DeleteAccepted())
    return Act(record, context, PodAction::kDelete, "its pod is ending", force_now);
  if (deletion->forced) return Wait("deleted with force");
  if (force_now) return Act(record, context, PodAction::kDelete, "its pod is gone", true);
  return Wait("deleted");
}

// The same, and by force at the end of the grace where the group's own is longer.
Decision EndGroupUntil(const PodRecord& record, const DecisionContext& context,
                       std::optional<TimePoint> force_at) {
  const bool forced = record.group.deletion && record.group.deletion->forced;
  Decision decision = EndGroup(record, context, force_at && context.now >= *force_at);
  if (decision.action == PodAction::kNothing && force_at && !forced && context.now < *force_at)
    decision.wake_at = std::min(*force_at, decision.wake_at.value_or(*force_at));
  return decision;
}

// The pod's object stays: what it printed is wanted as long.
Decision EndGroupWithLogs(const PodRecord& record, const DecisionContext& context) {
  if (WantsLogsBeforeDelete(record))
    return Act(record, context, PodAction::kKeepLogs, "its group is to be deleted");
  return EndGroupUntil(record, context, ForceLivingAt(record, context.longest_grace));
}

// Nothing before the deadline, or while the cloud may end the group by itself.
std::optional<Decision> DecideOverdue(const PodRecord& record, const DecisionContext& context) {
  if (!DeadlineIsOver(record.desired, context.now)) return std::nullopt;
  const GroupState& group = record.group;
  if (group.IsThere() && !group.Ended()) {
    if (context.now < *DeadlineEndsGroupAt(record)) return std::nullopt;
    return EndGroupWithLogs(record, context);
  }
  if (group.IsThere() || !NeedsLateSearch(record, context))
    return Wait("its end is being reported");
  const TimePoint proof = record.sync.search_after + kListingLag;
  if (context.now < proof) return Wait("overdue while a group may exist", proof);
  return AwaitRelist("overdue while a group may exist");
}

Decision DecideVanished(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (group.IsThere()) {
    // An ended group keeps its metadata until it is deleted; once that is accepted nothing is left
    // to do.
    if (group.Ended() && group.DeleteAccepted()) return Forget("ended");
    return EndGroup(record, context, true);
  }
  if (NeedsSearchBeforeEnd(record, context)) return AwaitRelist("gone while a group may exist");
  return Forget("no group is left");
}

Decision DecideDeleting(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (group.IsThere() && !group.Ended()) {
    const auto sleeping = SleepsUntil(record);
    if (sleeping && context.now < *sleeping && !group.DeleteAccepted())
      return Wait("a preStop hook sleeps", sleeping);
    return EndGroupUntil(record, context, ForceAt(record.desired, context.longest_grace));
  }
  if (NeedsSearchBeforeEnd(record, context)) return AwaitRelist("deleted while a group may exist");
  return Wait("its end is being reported");
}

// Where the cloud may have forgotten the token, a listing alone decides; empty: it has, and there
// is no group.
std::optional<Decision> DecideForgotten(const SyncState& sync, const DecisionContext& context) {
  // What the last send made shows in a listing from then on.
  const TimePoint proof = sync.left_open.value_or(sync.first_sent) + kListingLag;
  if (context.now < proof) return Wait("the token may be forgotten", proof);
  if (!SearchedSince(context, std::max(proof, sync.first_sent + kTokenLifetime)))
    return AwaitRelist("the token may be forgotten");
  return std::nullopt;
}

// Whether no process before this one has left a group; empty: none has, or the token of the first
// attempt would show it.
std::optional<Decision> DecideFromBefore(const PodRecord& record, const DecisionContext& context) {
  // Late enough for whatever an earlier process still made to show in a listing that lags.
  const TimePoint begin = record.sync.search_after;
  const TimePoint proof = begin + kListingLag;
  if (context.now < proof) return Wait("it may have a group from before", proof);
  if (!SearchedSince(context, proof)) return AwaitRelist("it may have a group from before");
  const bool first_at_most = !record.desired.pod->creation_told;
  if (first_at_most || EarlierGroupDisproved(record, context.shown)) return std::nullopt;
  if (context.now >= begin + kEmptyPatience) return std::nullopt;
  const TimePoint again = *context.relist + kShownPause;
  if (context.now < again) return Wait("no listing has shown anything", again);
  return AwaitRelist("no listing has shown anything");
}

Decision DecideWithoutGroup(const PodRecord& record, const DecisionContext& context) {
  const SyncState& sync = record.sync;
  if (sync.unsettled && context.now < sync.first_sent + kTokenLifetime) {
    if (sync.mismatch)
      return Act(record, context, PodAction::kSearch, "another request made its group");
    return Act(record, context, PodAction::kResend, "the last create is not settled");
  }
  if (sync.unsettled) {
    if (auto open = DecideForgotten(sync, context)) return *open;
  }
  if (MayHaveEarlierGroup(record)) {
    if (auto may_have = DecideFromBefore(record, context)) return *may_have;
  }
  if (sync.attempt > 0 && !record.desired.pod->creation_told)
    return Wait("its status does not tell yet that a creation was tried");
  if (context.namesake_until && context.now < *context.namesake_until) {
    return Wait("a group of the same name is ending", context.namesake_until);
  }
  return Act(record, context, PodAction::kCreate, "it has no group");
}

// Whatever ended the pod, its group is not left running.
Decision DecideTerminal(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (WantsLogsAfterEnd(record))
    return Act(record, context, PodAction::kKeepLogs, "its group has ended");
  if (!group.IsThere() || group.Ended()) return Wait("it has ended");
  // Its logs go with it: what is ending by itself is left to.
  if (group.idle_since && context.now < *group.idle_since + kIdleProof)
    return Wait("its group is ending", *group.idle_since + kIdleProof);
  return EndGroupWithLogs(record, context);
}

Decision DecideRunning(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (!group.proven) return Wait("no listing has shown the group that its annotation names");
  if (group.Ended()) return Wait("it has a group");
  if (!group.eviction.empty()) return EndGroupWithLogs(record, context);
  if (const auto overdue = SidecarsOverdue(group)) {
    if (context.now < *overdue) return Wait("the cloud may end its sidecars by itself", overdue);
    return EndGroupWithLogs(record, context);
  }
  if (!group.idle_since) return Wait("it has a group");
  if (IsOver(record, context)) return EndGroupWithLogs(record, context);
  const TimePoint proof = *group.idle_since + kIdleProof;
  return Wait("its containers have ended",
              context.now < proof ? std::optional(proof) : std::nullopt);
}

Decision DecideLiving(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (const auto overdue = DecideOverdue(record, context)) return *overdue;
  if (NeedsAnother(record)) {
    const PodSnapshot& pod = *record.desired.pod;
    if (pod.group_id == group.id || pod.status_group_id == group.id)
      return Wait("the pod still names its group");
    return Act(record, context, PodAction::kReplace, "its group failed to start");
  }
  if (group.presence == GroupState::Presence::kGone || record.sync.given_up)
    return Wait("its end is being reported");
  if (group.presence == GroupState::Presence::kPresent) return DecideRunning(record, context);
  return DecideWithoutGroup(record, context);
}

}  // namespace

bool OpenSendDisproved(const SyncState& sync, std::optional<TimePoint> relist) {
  return !sync.left_open || (relist && *relist >= *sync.left_open + kListingLag);
}

bool EarlierGroupDisproved(const PodRecord& record, std::optional<TimePoint> shown) {
  return shown && *shown >= record.sync.search_after + kListingLag;
}

std::string GroupToName(const PodRecord& record) {
  const GroupState& group = record.group;
  const PodSnapshot& pod = *record.desired.pod;
  if (group.presence == GroupState::Presence::kNone)
    return group.Refused(pod.group_id) ? std::string() : pod.group_id;
  // A later process would take a group that is long gone for one that got lost.
  if (group.may_be_old) return {};
  return NeedsAnother(record) ? std::string() : group.id;
}

std::string GroupToNameInStatus(const PodRecord& record) {
  const GroupState& group = record.group;
  if (group.proven) return GroupToName(record);
  const std::string& told = record.desired.pod->status_group_id;
  return group.Refused(told) ? std::string() : told;
}

bool MayRemove(const PodRecord& record, const DecisionContext& context) {
  if (!record.desired.pod->deleting() || !record.desired.pod->terminal()) return false;
  if (record.group.IsThere()) return record.group.Ended();
  return !NeedsSearchBeforeEnd(record, context);
}

Decision Decide(const PodRecord& record, const DecisionContext& context) {
  if (record.desired.vanished) return DecideVanished(record, context);
  if (record.desired.pod->deleting()) return DecideDeleting(record, context);
  if (record.desired.pod->terminal()) return DecideTerminal(record, context);
  Decision decision = DecideLiving(record, context);
  const auto step = NextDeadlineStep(record, context.now);
  if (step && decision.action == PodAction::kNothing)
    decision.wake_at = std::min(*step, decision.wake_at.value_or(*step));
  return decision;
}

Ending EndingOf(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (record.desired.pod->terminal()) return Ending::kNotYet;
  if (CameToNothing(record)) {
    if (record.desired.pod->deleting()) return Ending::kNeverStarted;
    if (DeadlineIsOver(record.desired, context.now)) return Ending::kDeadline;
    return record.desired.pod->fail_fast ? Ending::kGivenUp : Ending::kNotYet;
  }
  if (group.presence == GroupState::Presence::kGone) {
    if (group.Ended()) return Ending::kAsObserved;
    if (EnderOf(record) == translate::GroupEnder::kDeadline) return Ending::kDeadline;
    return group.lost ? Ending::kLost : Ending::kUnknown;
  }
  if (group.IsThere()) return group.Ended() ? Ending::kAsObserved : Ending::kNotYet;
  if (record.sync.given_up) return Ending::kGivenUp;
  if (!record.desired.pod->deleting()) {
    const bool over =
        DeadlineIsOver(record.desired, context.now) && !NeedsLateSearch(record, context);
    return over ? Ending::kDeadline : Ending::kNotYet;
  }
  return NeedsSearchBeforeEnd(record, context) ? Ending::kNotYet : Ending::kNeverStarted;
}

}  // namespace vk::agent
