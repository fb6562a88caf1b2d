#include "provider/agent/group_book.h"

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/scratch_pods.h"
#include "provider/translate/sidecars.h"

namespace vk::agent {

using Presence = GroupState::Presence;

namespace {

bool OnlySidecarsRemain(const PodRecord& record) {
  if (!record.desired.pod->has_sidecars) return false;
  ScratchPods scratch;
  const auto* const pod = scratch.Parse(record.desired.pod->bytes);
  return pod != nullptr && translate::OnlySidecarsRemain(pod->spec(), *record.group.seen);
}

}  // namespace

std::string GroupBook::Claim(const std::string& uid, const std::string& group_id) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr) return group_id;
  GroupState& group = record->group;
  if (group.presence != Presence::kNone) {
    if (group.id == group_id) group.proven = true;
    return group.id;
  }
  if (group.refused.contains(group_id)) return {};
  if (const std::string owner = OwnerOf(group_id); !owner.empty()) Release(owner);
  Take(*record, group_id, true);
  return group_id;
}

void GroupBook::ClaimNamed(const std::string& uid, const std::string& group_id) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr || record->group.presence != Presence::kNone ||
      record->group.refused.contains(group_id))
    return;
  if (record->desired.is_new || !OwnerOf(group_id).empty()) {
    Refuse(*record, group_id);
  } else {
    Take(*record, group_id, false);
  }
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
  record.group.refused.insert(group_id);
  ++record.group.revision;
  Tell(record.desired.pod->uid);
}

void GroupBook::Release(const std::string& uid) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr) return;
  owners_.erase(record->group.id);
  moving_.erase(record->group.id);
  std::set<std::string> refused = std::move(record->group.refused);
  refused.insert(record->group.id);
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
  state.proven = true;
  translate::GroupObservation merged = state.seen ? translate::Merge(*state.seen, group) : group;
  // An ended group never runs again: a late answer of an earlier moment must not undo it.
  if (state.Ended() && !translate::HasEnded(merged.status)) return;
  if (state.seen && *state.seen == merged) return;
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
  if (record->sync.delete_accepted) {
    if (began > *record->sync.delete_sent) Gone(owner->second, *record, false);
    return;
  }
  // A listing may lag: one look alone says nothing.
  if (!state.first_absent) {
    state.first_absent = began;
    log_.Warn("a container group is missing from the listing",
              {{"group", group_id}, {"pod_uid", owner->second}});
    return;
  }
  if (began - *state.first_absent >= kAbsenceProof) Gone(owner->second, *record, true);
}

void GroupBook::ReportGone(const std::string& group_id) {
  const auto owner = owners_.find(group_id);
  if (owner == owners_.end()) return;
  PodRecord* const record = pods_.Find(owner->second);
  if (record->group.presence == Presence::kPresent) Gone(owner->second, *record, false);
}

void GroupBook::WatchEnd(const std::string& uid) {
  if (const PodRecord* const record = pods_.Find(uid)) Classify(*record);
}

std::string GroupBook::OwnerOf(const std::string& group_id) const {
  const auto owner = owners_.find(group_id);
  return owner == owners_.end() ? std::string() : owner->second;
}

void GroupBook::Forget(const std::string& uid) {
  const PodRecord* const record = pods_.Find(uid);
  if (record == nullptr) return;
  owners_.erase(record->group.id);
  moving_.erase(record->group.id);
}

void GroupBook::Gone(std::string uid, PodRecord& record, bool lost) {
  // Pointless to keep as an owner: a group that reappears is a stranger and ends as an orphan.
  moving_.erase(record.group.id);
  owners_.erase(record.group.id);
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
                      !record.sync.delete_sent;
  if (steady || (group.Ended() && group.seen->status != translate::GroupStatus::kScheduleFailed)) {
    moving_.erase(group.id);
  } else {
    moving_.insert(group.id);
  }
}

void GroupBook::Tell(const std::string& uid) const {
  if (on_change_) on_change_(uid);
}

}  // namespace vk::agent
