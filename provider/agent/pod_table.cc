#include "provider/agent/pod_table.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vk::agent {
namespace {

constexpr std::size_t kMostGone = 10'000;

}  // namespace

bool PodTable::Upsert(std::string_view bytes, base::TimePoint received) {
  auto pod = MakePodSnapshot(bytes);
  if (!pod) {
    log_.Error("skip an object of the pod list", {{"error", pod.error().message}});
    return false;
  }
  Apply(*std::move(pod), received);
  return true;
}

bool PodTable::Holds(const kube::ObjectIdentity& object) {
  const auto found = records_.find(object.uid);
  if (found == records_.end()) return false;
  if (replacing_) replacing_->insert(object.uid);
  const DesiredPod& held = found->second.desired;
  if (IsFromThePast(held, object.resource_version)) turned_back_ = true;
  return held.vanished || !IsNewerVersion(object.resource_version, held.pod->resource_version);
}

// A list from the quorum shows everything that was written before it was asked for.
bool PodTable::IsFromThePast(const DesiredPod& held, std::string_view version) const {
  return replacing_ && held.received < replace_began_ &&
         (held.vanished || IsNewerVersion(held.pod->resource_version, version));
}

// Whether a pod that is gone and forgotten is shown again: by old news, or by an API server that
// was restored from an older backup.
bool PodTable::ComesBack(const std::string& uid) {
  const auto gone = gone_.find(uid);
  if (gone == gone_.end() || records_.contains(uid)) return false;
  if (replacing_ && gone->second < replace_began_) turned_back_ = true;
  return true;
}

void PodTable::Apply(std::shared_ptr<const PodSnapshot> pod, base::TimePoint received) {
  const std::string uid = pod->uid;
  if (ComesBack(uid)) return;
  if (replacing_) replacing_->insert(uid);
  auto [place, added] = records_.try_emplace(uid);
  DesiredPod& desired = place->second.desired;
  if (added) {
    desired.is_new = knew_all_;
    desired.first_seen = received;
    place->second.sync.search_after = received;
    by_name_[{pod->ns, pod->name}].insert(uid);
  } else if (desired.vanished ||
             !IsNewerVersion(pod->resource_version, desired.pod->resource_version)) {
    // A UID never comes back; what shows it again is old news.
    if (IsFromThePast(desired, pod->resource_version)) turned_back_ = true;
    return;
  }
  const bool sooner =
      pod->deleting() && (!desired.pod || desired.pod->deletion_grace != pod->deletion_grace);
  if (sooner) desired.deletion_seen = received;
  if (sooner && !desired.deletion_asked) {
    desired.deletion_asked = added ? received - Since(pod->deletion_asked) : received;
  }
  if (pod->started != 0 && !desired.active_since)
    desired.active_since = received - Since(pod->started);
  desired.pod = std::move(pod);
  desired.received = clock_.Now();
  Tell(uid);
}

// The result is never under 0, however the clocks differ.
base::TimePoint::duration PodTable::Since(std::int64_t wall_seconds) const {
  const base::WallTime then{std::chrono::seconds(wall_seconds)};
  return std::max(std::chrono::duration_cast<base::TimePoint::duration>(clock_.WallNow() - then),
                  base::TimePoint::duration::zero());
}

void PodTable::MarkVanished(const std::string& uid) {
  const auto found = records_.find(uid);
  if (found == records_.end() || found->second.desired.vanished) return;
  found->second.desired.vanished = true;
  found->second.desired.received = clock_.Now();
  Tell(uid);
}

void PodTable::BeginReplace() {
  replacing_.emplace();
  replace_began_ = clock_.Now();
  turned_back_ = false;
}

void PodTable::EndReplace(bool complete) {
  std::vector<std::string> missing;
  for (const auto& [uid, record] : records_) {
    if (complete && replacing_ && !replacing_->contains(uid)) missing.push_back(uid);
  }
  replacing_.reset();
  synced_ = true;
  knew_all_ = knew_all_ || complete;
  for (const std::string& uid : missing) MarkVanished(uid);
  if (std::exchange(turned_back_, false) && on_turned_back_) on_turned_back_();
}

void PodTable::Forget(const std::string& uid) {
  const auto found = records_.find(uid);
  if (found == records_.end()) return;
  const Name name{found->second.desired.pod->ns, found->second.desired.pod->name};
  records_.erase(found);
  gone_[uid] = clock_.Now();
  gone_order_.push_back(uid);
  if (gone_order_.size() > kMostGone) {
    gone_.erase(gone_order_.front());
    gone_order_.pop_front();
  }
  const auto named = by_name_.find(name);
  named->second.erase(uid);
  // Who waits for the name may go on.
  const std::set<std::string> waiting = named->second;
  if (named->second.empty()) by_name_.erase(named);
  for (const std::string& other : waiting) Tell(other);
}

PodRecord* PodTable::Find(const std::string& uid) {
  const auto found = records_.find(uid);
  return found == records_.end() ? nullptr : &found->second;
}

const PodRecord* PodTable::Find(const std::string& uid) const {
  const auto found = records_.find(uid);
  return found == records_.end() ? nullptr : &found->second;
}

const PodRecord* PodTable::Shown(std::string_view ns, std::string_view name) const {
  const auto named = by_name_.find({std::string(ns), std::string(name)});
  if (named == by_name_.end()) return nullptr;
  for (const std::string& uid : named->second) {
    const PodRecord& record = records_.at(uid);
    if (!record.desired.vanished) return &record;
  }
  return nullptr;
}

std::vector<const PodRecord*> PodTable::Namesakes(const PodSnapshot& pod) const {
  std::vector<const PodRecord*> others;
  const auto named = by_name_.find({pod.ns, pod.name});
  if (named == by_name_.end()) return others;
  for (const std::string& uid : named->second) {
    if (uid != pod.uid) others.push_back(&records_.at(uid));
  }
  return others;
}

void PodTable::Tell(const std::string& uid) const {
  if (on_change_) on_change_(uid);
}

}  // namespace vk::agent
