#include "provider/agent/group_book.h"

#include <algorithm>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/scratch_pods.h"
#include "provider/translate/sidecars.h"

namespace vk::agent {
namespace {

using Presence = GroupState::Presence;

// A refused group comes back only by an old name or a late listing, so the newest are enough.
constexpr std::size_t kMostRefused = 8;

// Whether its answer shows containers, all of them terminated, and itself as not ended. What ends
// in an update starts anew.
bool IsIdle(const translate::GroupObservation& seen) {
  return !translate::HasEnded(seen.status) && seen.status != translate::GroupStatus::kUpdating &&
         !seen.containers.empty() &&
         std::ranges::all_of(seen.containers, [](const auto& container) {
           return container.current.phase == translate::ContainerPhase::kTerminated;
         });
}

void AddRefused(GroupState& group, const std::string& group_id) {
  if (group_id.empty() || group.Refused(group_id)) return;
  if (group.refused.size() == kMostRefused) group.refused.erase(group.refused.begin());
  group.refused.push_back(group_id);
}

bool OnlySidecarsRemain(const PodRecord& record) {
  if (!record.desired.pod->has_sidecars ||
      record.group.seen->status == translate::GroupStatus::kUpdating)
    return false;
  ScratchPods scratch;
  const auto* const pod = scratch.Parse(record.desired.pod->bytes);
  return pod != nullptr && translate::OnlySidecarsRemain(pod->spec(), *record.group.seen);
}

// Whether it terminates although neither its pod's end nor its containers' asks for it.
bool IsStoppedElsewhere(const PodRecord& record, const translate::GroupObservation& now) {
  const GroupState& group = record.group;
  if (now.status != translate::GroupStatus::kTerminating || !group.seen || group.deletion)
    return false;
  return record.desired.GoesOn() && !group.stopped_elsewhere && !group.only_sidecars_since &&
         !group.idle_since && !IsIdle(*group.seen);
}

}  // namespace

bool IsGroupId(std::string_view text) {
  constexpr std::string_view kPrefix = "eci-";
  constexpr std::size_t kLongest = 64;
  return text.starts_with(kPrefix) && text.size() > kPrefix.size() && text.size() <= kLongest &&
         std::ranges::all_of(text.substr(kPrefix.size()), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

std::string GroupBook::Claim(const std::string& uid, const std::string& group_id, Origin origin) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr) return group_id;
  GroupState& group = record->group;
  if (group.presence != Presence::kNone) {
    if (group.id == group_id) group.proven = true;
    return group.id;
  }
  if (group.Refused(group_id)) return {};
  if (const std::string owner = OwnerOf(group_id); !owner.empty()) Release(owner);
  group.may_be_old = origin == Origin::kOldToken;
  Take(*record, group_id, true);
  return group_id;
}

void GroupBook::ClaimNamed(const std::string& uid) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr || record->group.presence != Presence::kNone) return;
  const PodSnapshot& pod = *record->desired.pod;
  const bool ours = !pod.status_group_id.empty();
  const std::string& group_id = ours ? pod.status_group_id : pod.group_id;
  if (group_id.empty() || record->group.Refused(group_id)) return;
  const std::string owner = OwnerOf(group_id);
  const bool free = owner.empty() || (ours && !pods_.Find(owner)->group.proven);
  if (!free || !IsGroupId(group_id) || (!ours && record->desired.is_new))
    return Refuse(*record, group_id);
  if (!owner.empty()) Release(owner);
  Take(*record, group_id, ours);
}

bool GroupBook::ClaimAgain(const std::string& uid, const std::string& group_id) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr || record->desired.vanished || record->desired.pod->terminal())
    return false;
  GroupState& group = record->group;
  const bool was_lost = group.presence == Presence::kGone && group.lost && group.id == group_id;
  if (group.presence != Presence::kNone && !was_lost) return false;
  std::erase(group.refused, group_id);
  group.lost = false;
  group.first_absent.reset();
  log_.Warn("a container group that was missing shows again",
            {{"group", group_id}, {"pod_uid", uid}});
  Take(*record, group_id, true);
  return true;
}

void GroupBook::Take(PodRecord& record, const std::string& group_id, bool proven) {
  GroupState& group = record.group;
  group.id = group_id;
  group.presence = Presence::kPresent;
  group.proven = proven;
  group.known_since = clock_.Now();
  ++group.revision;
  owners_[group_id] = record.desired.pod->uid;
  Classify(record);
  Tell(record.desired.pod->uid);
}

void GroupBook::Refuse(PodRecord& record, const std::string& group_id) {
  log_.Warn("a pod names a container group that is not its own",
            {{"group", group_id}, {"pod_uid", record.desired.pod->uid}});
  AddRefused(record.group, group_id);
  ++record.group.revision;
  Tell(record.desired.pod->uid);
}

void GroupBook::Release(const std::string& uid) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr) return;
  Drop(*record);
  AddRefused(record->group, record->group.id);
  std::vector<std::string> refused = std::move(record->group.refused);
  record->group = {.revision = record->group.revision + 1};
  record->group.refused = std::move(refused);
  Tell(uid);
}

void GroupBook::Observe(const translate::GroupObservation& group) {
  const auto owner = owners_.find(group.group_id);
  if (owner == owners_.end()) return;
  PodRecord* const record = pods_.Find(owner->second);
  GroupState& state = record->group;
  if (state.presence != Presence::kPresent) return;
  state.first_absent.reset();
  doubted_.erase(group.group_id);
  // It may be another pod's: what becomes of it says nothing about this one.
  if (!state.proven) return;
  state.may_be_old = false;
  translate::GroupObservation merged = state.seen ? translate::Merge(*state.seen, group) : group;
  // An ended group never runs again: a late answer of an earlier moment must not undo it.
  if (state.Ended() && !translate::HasEnded(merged.status)) return;
  if (!IsIdle(merged)) {
    state.idle_since.reset();
  } else if (!state.idle_since) {
    state.idle_since = clock_.Now();
  }
  if (IsStoppedElsewhere(*record, merged)) state.stopped_elsewhere = clock_.Now();
  if (state.seen && *state.seen == merged) return;
  if (!state.seen || state.seen->status != merged.status) last_move_ = clock_.Now();
  state.seen = std::move(merged);
  ++state.revision;
  if (!OnlySidecarsRemain(*record)) {
    state.only_sidecars_since.reset();
  } else if (!state.only_sidecars_since) {
    state.only_sidecars_since = clock_.Now();
  }
  Classify(*record);
  Tell(owner->second);
}

void GroupBook::ReportAbsent(const std::string& group_id, base::TimePoint began) {
  const auto owner = owners_.find(group_id);
  if (owner == owners_.end()) return;
  PodRecord* const record = pods_.Find(owner->second);
  GroupState& state = record->group;
  if (state.presence != Presence::kPresent) return;
  if (state.DeleteAccepted()) {
    if (began > state.deletion->sent) Gone(owner->second, *record, false);
    return;
  }
  // A listing may lag: one alone says nothing.
  if (!state.first_absent) {
    state.first_absent = began;
    log_.Warn("a container group is missing from the listing",
              {{"group", group_id}, {"pod_uid", owner->second}});
    return;
  }
  if (began - *state.first_absent >= kAbsenceProof) doubted_.insert(group_id);
}

void GroupBook::ReportLost(const std::string& group_id) {
  const auto owner = owners_.find(group_id);
  if (owner == owners_.end() || !doubted_.contains(group_id)) return;
  const std::string uid = owner->second;
  PodRecord* const record = pods_.Find(uid);
  if (record->group.proven && !record->group.may_be_old)
    return Gone(uid, *record, !record->group.deletion);
  log_.Info(record->group.proven ? "the answer to an old creation names a group that is gone"
                                 : "the group that a pod's annotation names is not its own",
            {{"group", group_id}, {"pod_uid", uid}});
  Release(uid);
}

void GroupBook::ReportThere(const std::string& group_id) {
  const auto owner = owners_.find(group_id);
  if (owner == owners_.end()) return;
  pods_.Find(owner->second)->group.first_absent.reset();
  doubted_.erase(group_id);
}

void GroupBook::ReportGone(const std::string& group_id) {
  const auto owner = owners_.find(group_id);
  if (owner == owners_.end()) return;
  PodRecord* const record = pods_.Find(owner->second);
  if (record->group.presence == Presence::kPresent) Gone(owner->second, *record, false);
}

void GroupBook::NoteDeleteSent(const std::string& uid) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr || record->group.deletion) return;
  record->group.deletion = {.sent = clock_.Now()};
}

void GroupBook::NoteDeleteNotSent(const std::string& uid) {
  if (PodRecord* const record = pods_.Find(uid)) record->group.deletion.reset();
}

void GroupBook::NoteDeleteAccepted(const std::string& uid, bool forced) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr || !record->group.deletion) return;
  record->group.deletion->accepted = true;
  record->group.deletion->forced = record->group.deletion->forced || forced;
  last_move_ = clock_.Now();
  Classify(*record);
}

void GroupBook::NoteEviction(const std::string& uid, const std::string& message) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr || !record->group.IsThere()) return;
  record->group.eviction = message;
  ++record->group.revision;
  Tell(uid);
}

std::string GroupBook::OwnerOf(const std::string& group_id) const {
  const auto owner = owners_.find(group_id);
  return owner == owners_.end() ? std::string() : owner->second;
}

void GroupBook::Forget(const std::string& uid) {
  if (const PodRecord* const record = pods_.Find(uid)) Drop(*record);
}

// What another pod has by now stays with that.
void GroupBook::Drop(const PodRecord& record) {
  const std::string& group_id = record.group.id;
  const auto owner = owners_.find(group_id);
  if (owner == owners_.end() || owner->second != record.desired.pod->uid) return;
  owners_.erase(owner);
  in_transition_.erase(group_id);
  doubted_.erase(group_id);
}

void GroupBook::Gone(std::string uid, PodRecord& record, bool lost) {
  // It owns nothing any more: should it show again, StatusPoller decides whose it is.
  Drop(record);
  record.group.presence = Presence::kGone;
  record.group.lost = lost;
  ++record.group.revision;
  log_.Write(lost ? base::LogLevel::kWarning : base::LogLevel::kInfo, "container group is gone",
             {{"group", record.group.id}, {"pod_uid", uid}, {"lost", lost ? "true" : "false"}});
  Tell(uid);
}

void GroupBook::Classify(const PodRecord& record) {
  const GroupState& group = record.group;
  const bool steady = group.seen &&
                      (group.Ended() || group.seen->status == translate::GroupStatus::kRunning) &&
                      !group.deletion;
  if (steady || (group.Ended() && group.seen->status != translate::GroupStatus::kScheduleFailed)) {
    in_transition_.erase(group.id);
  } else if (in_transition_.insert(group.id).second) {
    last_move_ = clock_.Now();
  }
}

void GroupBook::Tell(const std::string& uid) const {
  if (on_change_) on_change_(uid);
}

}  // namespace vk::agent
