#include "provider/agent/group_claims.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace vk::agent {
namespace {

using base::TimePoint;
using translate::GroupStatus;
using Presence = GroupState::Presence;

bool SameNode(const translate::GroupIdentity& a, const translate::GroupIdentity& b) {
  return a.cluster_id == b.cluster_id && a.kube_system_uid == b.kube_system_uid &&
         a.node_name == b.node_name;
}

}  // namespace

bool HasAllTags(const translate::GroupIdentity& identity) {
  return !identity.cluster_id.empty() && !identity.kube_system_uid.empty() &&
         !identity.node_name.empty() && !identity.ns.empty() && !identity.pod_name.empty() &&
         !identity.pod_uid.empty();
}

void GroupClaims::Meet(std::vector<GroupDetail> details) {
  std::ranges::sort(details, {}, [this](const GroupDetail& detail) {
    const std::string& id = detail.group.group_id;
    return std::tuple(book_.OwnerOf(id) != detail.identity.pod_uid,
                      detail.group.status == GroupStatus::kScheduleFailed, detail.group.created_at,
                      id);
  });
  for (const GroupDetail& detail : details) {
    const std::string& id = detail.group.group_id;
    const std::string& uid = detail.identity.pod_uid;
    const bool ours = SameNode(detail.identity, node_);
    const std::string owner = book_.OwnerOf(id);
    const bool disputed =
        !owner.empty() && uid != owner && (!uid.empty() || !pods_.Find(owner)->group.proven);
    if (disputed) book_.Release(owner);
    if (const std::string still = book_.OwnerOf(id); !still.empty()) {
      if (uid == still && ours) book_.Claim(still, id);
      book_.Observe(detail.group);
    } else if (ours && pods_.Find(uid) != nullptr) {
      Keep(detail);
    } else if (ours) {
      Add(detail, false);
    }
  }
}

// Whether the pod can take this group, which it does not have.
bool GroupClaims::MakeRoom(const GroupDetail& detail) {
  const std::string& uid = detail.identity.pod_uid;
  const GroupState& present = pods_.Find(uid)->group;
  const bool ended = translate::HasEnded(detail.group.status);
  const bool has = present.presence == Presence::kPresent;
  // What an annotation alone says gives way to tags, and what was not placed to what was.
  const bool named_only = has && !present.proven;
  const bool unplaced = has && present.seen && present.seen->status == GroupStatus::kScheduleFailed;
  if (named_only || (unplaced && detail.group.status != GroupStatus::kScheduleFailed))
    book_.Release(uid);
  if (!pods_.Find(uid)->group.Refused(detail.group.group_id)) return true;
  return !ended && book_.ClaimAgain(uid, detail.group.group_id);
}

void GroupClaims::Keep(const GroupDetail& detail) {
  const std::string& uid = detail.identity.pod_uid;
  const std::string& id = detail.group.group_id;
  const PodRecord& record = *pods_.Find(uid);
  const bool ended = translate::HasEnded(detail.group.status);
  if (record.group.presence == Presence::kGone && record.group.id == id) {
    // After a delete of ours it is still ending.
    if (ended || !record.group.lost) return;
    if (!book_.ClaimAgain(uid, id)) return Add(detail, true);
  } else if (!MakeRoom(detail)) {
    if (!ended) Add(detail, true);
    return;
  } else if (book_.Claim(uid, id) != id) {
    return Add(detail, true);
  }
  unclaimed_.erase(id);
  book_.Observe(detail.group);
  log_.Info("adopted a container group", {{"group", id}, {"pod_uid", uid}});
}

void GroupClaims::Add(const GroupDetail& detail, bool surplus) {
  const bool ended = translate::HasEnded(detail.group.status);
  const auto [place, added] = unclaimed_.try_emplace(
      detail.group.group_id, UnclaimedGroup{.identity = detail.identity,
                                            .created_at = detail.group.created_at,
                                            .first_seen = clock_.Now()});
  place->second.ended = ended;
  place->second.surplus = surplus;
}

bool GroupClaims::IsUnknown(const std::string& group_id) const {
  if (const std::string owner = book_.OwnerOf(group_id); !owner.empty())
    return !pods_.Find(owner)->group.proven;
  const auto known = unclaimed_.find(group_id);
  if (known == unclaimed_.end()) return true;
  return !known->second.surplus && pods_.Find(known->second.identity.pod_uid) != nullptr;
}

void GroupClaims::KeepShown(const std::set<std::string>& shown, TimePoint began) {
  std::erase_if(unclaimed_, [&](const auto& entry) {
    return entry.second.first_seen < began && !shown.contains(entry.first);
  });
}

void GroupClaims::TakeOther(const std::string& uid) {
  auto best = unclaimed_.end();
  for (auto it = unclaimed_.begin(); it != unclaimed_.end(); ++it) {
    if (it->second.identity.pod_uid != uid || it->second.ended) continue;
    if (best == unclaimed_.end() || it->second.created_at < best->second.created_at) best = it;
  }
  if (best == unclaimed_.end()) return;
  const std::string group_id = best->first;
  unclaimed_.erase(best);
  book_.Release(uid);
  book_.Claim(uid, group_id);
  log_.Info("adopted a container group", {{"group", group_id}, {"pod_uid", uid}});
}

}  // namespace vk::agent
