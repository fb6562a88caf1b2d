#include "tools/demo_client/pod_board.h"

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::demo {

const SeenPod* PodBoard::Find(const std::string& name) const {
  const auto found = pods_.find(name);
  return found == pods_.end() ? nullptr : &found->second;
}

void PodBoard::OnListPage(std::vector<kube::ListedObject> page) {
  const base::TimePoint now = clock_.Now();
  for (const kube::ListedObject& listed : page) {
    listed_.insert(listed.identity.name);
    Note(listed.object, now);
  }
}

void PodBoard::OnListEnd(bool complete) {
  if (!complete) return;
  const base::TimePoint now = clock_.Now();
  for (const auto& [name, pod] : pods_) {
    if (!listed_.contains(name)) NoteGone(name, now);
  }
}

void PodBoard::OnEvent(const kube::ObjectIdentity& identity, kube::WatchEvent event) {
  Note(event.object, event.received);
  if (event.type == kube::WatchEventType::kDeleted) NoteGone(identity.name, event.received);
}

void PodBoard::Note(const std::string& object, base::TimePoint when) {
  k8s::io::api::core::v1::Pod pod;
  if (!kube::FromBytes(object, &pod)) return;
  const auto [entry, is_new] = pods_.try_emplace(pod.metadata().name());
  SeenPod& seen = entry->second;
  if (is_new) ++present_;
  const bool failed_before = seen.phase == "Failed";
  seen.name = pod.metadata().name();
  seen.uid = pod.metadata().uid();
  seen.ip = pod.status().podip();
  seen.phase = pod.status().phase();
  seen.node = pod.spec().nodename();
  seen.deleting = pod.metadata().has_deletiontimestamp();
  if (!seen.running && seen.phase == "Running") {
    seen.running = when;
    ++running_;
  }
  if (seen.phase == "Failed" && !failed_before && !seen.deleting) {
    failures_.push_back(seen.name + ": " + pod.status().reason() + " " + pod.status().message());
  }
  changed_.Set();
}

void PodBoard::NoteGone(const std::string& name, base::TimePoint when) {
  SeenPod& seen = pods_.at(name);
  if (seen.gone) return;
  seen.gone = when;
  --present_;
  changed_.Set();
}

}  // namespace vk::demo
