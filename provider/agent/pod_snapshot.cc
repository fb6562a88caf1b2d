#include "provider/agent/pod_snapshot.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/fnv.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/scratch_pods.h"
#include "provider/kube/object_bytes.h"
#include "provider/translate/annotation_names.h"
#include "provider/translate/deletion_room.h"
#include "provider/translate/group_change.h"
#include "provider/translate/pre_stop_sleep.h"
#include "provider/translate/probes.h"
#include "provider/translate/sidecars.h"
#include "provider/translate/status_group.h"
#include "provider/translate/storage_limits.h"

namespace vk::agent {
namespace {

using k8s::io::api::core::v1::Pod;
namespace annotation = translate::annotation;

PodPhase ReadPhase(const std::string& phase) {
  static constexpr std::pair<std::string_view, PodPhase> kPhases[] = {
      {"Pending", PodPhase::kPending},
      {"Running", PodPhase::kRunning},
      {"Succeeded", PodPhase::kSucceeded},
      {"Failed", PodPhase::kFailed}};
  for (const auto& [name, value] : kPhases) {
    if (name == phase) return value;
  }
  return phase.empty() ? PodPhase::kPending : PodPhase::kUnknown;
}

std::uint64_t Hash(std::string_view bytes, std::uint64_t seed) {
  return base::Fnv1a(bytes, base::kFnvBasis ^ seed);
}

std::string Annotation(const Pod& pod, std::string_view name) {
  const auto found = pod.metadata().annotations().find(std::string(name));
  return found == pod.metadata().annotations().end() ? std::string() : found->second;
}

// Hashes what a group is made from: our own annotations ride in status patches and are left out.
std::uint64_t InputHash(const Pod& pod) {
  std::vector<std::pair<std::string, std::string>> annotations(pod.metadata().annotations().begin(),
                                                               pod.metadata().annotations().end());
  std::sort(annotations.begin(), annotations.end());
  std::uint64_t hash = Hash(kube::ToBytes(pod.spec()), 0);
  for (const auto& [key, value] : annotations) {
    const bool ours = key.starts_with(annotation::kInstancePrefix) || key == annotation::kRequestId;
    if (!ours) hash = Hash(value, Hash(key, hash));
  }
  return hash;
}

std::vector<StartupPatience> ReadStartups(const k8s::io::api::core::v1::PodSpec& spec) {
  std::vector<StartupPatience> startups;
  const auto add = [&](const k8s::io::api::core::v1::Container& container) {
    if (!container.has_startupprobe()) return;
    startups.push_back({container.name(), translate::StartupSeconds(container.startupprobe())});
  };
  for (const auto& init : spec.initcontainers()) {
    if (translate::IsSidecar(init)) add(init);
  }
  std::ranges::for_each(spec.containers(), add);
  return startups;
}

}  // namespace

base::Result<std::shared_ptr<const PodSnapshot>> MakePodSnapshot(std::string_view bytes) {
  ScratchPods scratch;
  Pod* const parsed = scratch.Parse(bytes);
  if (parsed == nullptr) {
    return std::unexpected(
        base::Error(base::ErrorCode::kInternal, "read pod: the bytes are not a Pod"));
  }
  Pod& pod = *parsed;
  if (pod.metadata().uid().empty() || pod.metadata().name().empty()) {
    return std::unexpected(
        base::Error(base::ErrorCode::kInternal, "read pod: it has no name or no UID"));
  }
  pod.mutable_metadata()->clear_managedfields();
  auto snapshot = std::make_shared<PodSnapshot>();
  const auto& meta = pod.metadata();
  snapshot->uid = meta.uid();
  snapshot->ns = meta.namespace_();
  snapshot->name = meta.name();
  snapshot->resource_version = meta.resourceversion();
  snapshot->group_id = Annotation(pod, annotation::kInstanceId);
  snapshot->status_group_id = translate::GroupNamedIn(pod.status());
  snapshot->creation_told = std::ranges::any_of(
      pod.status().conditions(),
      [](const auto& condition) { return condition.type() == translate::kInstanceCreated; });
  snapshot->phase = ReadPhase(pod.status().phase());
  if (meta.has_deletiontimestamp()) {
    snapshot->deletion_grace = meta.deletiongraceperiodseconds();
    snapshot->deletion_asked =
        meta.deletiontimestamp().seconds() - meta.deletiongraceperiodseconds();
  }
  if (pod.spec().has_terminationgraceperiodseconds()) {
    snapshot->termination_grace = pod.spec().terminationgraceperiodseconds();
  }
  if (pod.spec().has_activedeadlineseconds())
    snapshot->active_deadline = pod.spec().activedeadlineseconds();
  snapshot->started = pod.status().starttime().seconds();
  snapshot->pre_stop_sleep = translate::PreStopSleep(pod.spec());
  snapshot->has_init_containers = translate::HasOrdinaryInitContainers(pod.spec());
  snapshot->has_sidecars = translate::HasSidecars(pod.spec());
  snapshot->may_have_deletion_room = translate::MayHaveDeletionRoom(pod.spec());
  snapshot->has_storage_limit = translate::StorageLimit(pod.spec()).has_value();
  snapshot->startups = ReadStartups(pod.spec());
  snapshot->fail_fast = Annotation(pod, annotation::kFailStrategy) == "fail-fast" ||
                        Annotation(pod, annotation::kFailOnCreateError) == "true";
  snapshot->input_hash = InputHash(pod);
  snapshot->generation = meta.generation();
  snapshot->image_hash = translate::HashOfImages(pod.spec());
  snapshot->bytes = kube::ToBytes(pod);
  return std::shared_ptr<const PodSnapshot>(std::move(snapshot));
}

bool IsNewerVersion(std::string_view a, std::string_view b) {
  const auto readable = [](std::string_view version) {
    return !version.empty() &&
           std::all_of(version.begin(), version.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!readable(a) || !readable(b)) return true;
  if (a.size() != b.size()) return a.size() > b.size();
  return a > b;
}

}  // namespace vk::agent
