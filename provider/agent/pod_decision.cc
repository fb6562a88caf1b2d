#include "provider/agent/pod_decision.h"

#include <algorithm>

#include "provider/agent/group_end.h"
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

// Whether the cloud was asked for a group of this pod at or after `when`.
bool SearchedSince(const PodRecord& record, const DecisionContext& context, TimePoint when) {
  if (record.sync.searched && *record.sync.searched >= when) return true;
  return context.census && *context.census >= when;
}

bool Searched(const PodRecord& record, const DecisionContext& context) {
  return SearchedSince(record, context, record.sync.search_after);
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

bool NeedsSearchBeforeEnd(const PodRecord& record, const DecisionContext& context) {
  const bool may_have_group = record.sync.unsettled || MayHaveEarlierGroup(record);
  return may_have_group && !Searched(record, context);
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
  const SyncState& sync = record.sync;
  // Where listings see, what none has shown is gone or somebody else's; two looks prove it.
  if (!record.group.proven && context.sees)
    return Wait("no listing has shown the group that its pod names");
  if (!sync.delete_accepted)
    return Act(record, context, PodAction::kDelete, "its pod is ending", force_now);
  if (sync.force_sent) return Wait("deleted with force");
  if (force_now) return Act(record, context, PodAction::kDelete, "its pod is gone", true);
  return Wait("deleted");
}

Decision DecideVanished(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (group.presence == GroupState::Presence::kPresent) {
    // An ended group keeps its metadata until it is deleted; once that is accepted nothing is left
    // to do.
    if (group.Ended() && record.sync.delete_accepted) return Forget("ended");
    return EndGroup(record, context, true);
  }
  if (group.presence == GroupState::Presence::kNone && NeedsSearchBeforeEnd(record, context)) {
    return Act(record, context, PodAction::kSearch, "create unsettled");
  }
  return Forget("no group is left");
}

Decision DecideDeleting(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (group.presence == GroupState::Presence::kPresent && !group.Ended()) {
    const auto sleeping = SleepsUntil(record);
    if (sleeping && context.now < *sleeping && !record.sync.delete_accepted)
      return Wait("a preStop hook sleeps", sleeping);
    const auto force_at = ForceAt(record.desired);
    const bool force = force_at && context.now >= *force_at;
    Decision decision = EndGroup(record, context, force);
    if (decision.action == PodAction::kNothing && force_at && !record.sync.force_sent &&
        context.now < *force_at) {
      decision.wake_at = decision.wake_at ? std::min(*decision.wake_at, *force_at) : *force_at;
    }
    return decision;
  }
  if (group.presence == GroupState::Presence::kNone && NeedsSearchBeforeEnd(record, context)) {
    return Act(record, context, PodAction::kSearch, "deleted while a group may exist");
  }
  return Wait("its end is being reported");
}

Decision DecideWithoutGroup(const PodRecord& record, const DecisionContext& context) {
  const SyncState& sync = record.sync;
  if (sync.unsettled) {
    if (context.now < sync.first_sent + kTokenLifetime) {
      if (sync.mismatch)
        return Act(record, context, PodAction::kSearch, "another request made its group");
      const bool due = sync.left_open && context.now >= *sync.left_open + kSearchProof;
      if (sync.refused_since && due && !OpenSendDisproved(sync)) {
        return Act(record, context, PodAction::kSearch, "an earlier send may have made its group");
      }
      return Act(record, context, PodAction::kResend, "the last create is not settled");
    }
    // What the last send made shows in a listing from then on.
    const TimePoint proof = sync.left_open.value_or(sync.first_sent) + kSearchProof;
    if (context.now < proof) return Wait("the token may be forgotten", proof);
    if (!SearchedSince(record, context, std::max(proof, sync.first_sent + kTokenLifetime)))
      return Act(record, context, PodAction::kSearch, "the token may be forgotten");
  }
  const std::string& named = record.desired.pod->group_id;
  if (!named.empty() && !record.group.refused.contains(named))
    return Wait("it names a group that no listing has shown");
  if (MayHaveEarlierGroup(record)) {
    // Late enough for whatever an earlier process still made to show in a listing that lags.
    const TimePoint proof = sync.search_after + kSearchProof;
    if (context.now < proof) return Wait("it may have a group from before", proof);
    if (!SearchedSince(record, context, proof)) {
      return Act(record, context, PodAction::kSearch, "it may have a group from before");
    }
  }
  if (context.namesake_until && context.now < *context.namesake_until) {
    return Wait("a group of the same name is ending", context.namesake_until);
  }
  return Act(record, context, PodAction::kCreate, "it has no group");
}

}  // namespace

bool OpenSendDisproved(const SyncState& sync) {
  return !sync.left_open || (sync.searched && *sync.searched >= *sync.left_open + kSearchProof);
}

std::string GroupToName(const PodRecord& record) {
  const GroupState& group = record.group;
  const PodSnapshot& pod = *record.desired.pod;
  if (group.presence == GroupState::Presence::kNone)
    return group.refused.contains(pod.group_id) ? std::string() : pod.group_id;
  return NeedsAnother(record) ? std::string() : group.id;
}

std::string GroupToNameInStatus(const PodRecord& record) {
  const GroupState& group = record.group;
  if (group.proven) return GroupToName(record);
  const std::string& told = record.desired.pod->status_group_id;
  return group.refused.contains(told) ? std::string() : told;
}

bool MayRemove(const PodRecord& record, const DecisionContext& context) {
  if (!record.desired.pod->deleting() || !record.desired.pod->terminal()) return false;
  if (record.group.presence == GroupState::Presence::kNone)
    return !NeedsSearchBeforeEnd(record, context);
  return record.group.Stopped();
}

Decision Decide(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (record.desired.vanished) return DecideVanished(record, context);
  if (record.desired.pod->deleting()) return DecideDeleting(record, context);
  if (record.desired.pod->terminal()) {
    if (group.presence == GroupState::Presence::kPresent && !group.Ended()) {
      return EndGroup(record, context, false);
    }
    return Wait("it has ended");
  }
  if (NeedsAnother(record)) {
    if (record.desired.pod->group_id == group.id) return Wait("the pod still names its group");
    return Act(record, context, PodAction::kReplace, "its group came to nothing");
  }
  if (group.presence == GroupState::Presence::kGone || record.sync.given_up)
    return Wait("its end is being reported");
  if (group.presence == GroupState::Presence::kPresent) {
    const auto overdue = SidecarsOverdue(group);
    if (!overdue) return Wait("it has a group");
    if (context.now < *overdue) return Wait("the cloud may end its sidecars by itself", overdue);
    return EndGroup(record, context, false);
  }
  return DecideWithoutGroup(record, context);
}

Ending EndingOf(const PodRecord& record, const DecisionContext& context) {
  const GroupState& group = record.group;
  if (record.desired.pod->terminal()) return Ending::kNotYet;
  if (CameToNothing(record)) {
    if (record.desired.pod->deleting()) return Ending::kNeverStarted;
    return record.desired.pod->fail_fast ? Ending::kGivenUp : Ending::kNotYet;
  }
  if (group.presence == GroupState::Presence::kGone) {
    if (group.Ended()) return Ending::kAsObserved;
    return group.lost ? Ending::kLost : Ending::kUnknown;
  }
  if (group.presence == GroupState::Presence::kPresent)
    return group.Ended() ? Ending::kAsObserved : Ending::kNotYet;
  if (record.sync.given_up) return Ending::kGivenUp;
  if (!record.desired.pod->deleting()) return Ending::kNotYet;
  return NeedsSearchBeforeEnd(record, context) ? Ending::kNotYet : Ending::kNeverStarted;
}

}  // namespace vk::agent
