#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "provider/kube/kube_api.h"

namespace vk::agent {

enum class PodPhase { kPending, kRunning, kSucceeded, kFailed, kUnknown };

// How long a container with a startupProbe may take to start, by a kubelet's rules.
struct StartupPatience {
  std::string container;
  std::int32_t seconds = 0;
};

// A pod as the API server last showed it: a digest of what decisions need, and the whole object as
// bytes. Immutable; shared by all who look at the same version. A parsed Pod takes 25 KB and more,
// so it is parsed where it is needed and dropped again.
struct PodSnapshot {
  std::string uid;
  std::string ns;
  std::string name;
  std::string resource_version;
  std::string bytes;     // k8s.io.api.core.v1.Pod without managedFields.
  std::string group_id;  // Annotation kInstanceId; empty: none was written yet.
  // The group that the status names; empty: none. Unlike the annotation only this node can have
  // written it (docs/ownership.md, section 1).
  std::string status_group_id;
  // The status tells of a creation, done or refused: this node has tried one. Before that only a
  // first attempt can have been sent (docs/ownership.md, section 2).
  bool creation_told = false;
  PodPhase phase = PodPhase::kPending;
  std::optional<std::int64_t> deletion_grace;   // Seconds, while deletionTimestamp is set.
  std::int64_t termination_grace = 30;          // spec.terminationGracePeriodSeconds.
  std::optional<std::int64_t> active_deadline;  // spec.activeDeadlineSeconds.
  std::int64_t started = 0;  // status.startTime in seconds since 1970; 0: not written yet.
  std::uint64_t input_hash =
      0;                        // Covers spec and annotations: what a container group is made from.
  std::int64_t generation = 0;  // Rises with each change of the spec; 1 in a pod as it was made.
  std::uint64_t image_hash = 0;  // Covers its containers' images (group_change.h).
  // When the deletion was asked for, in seconds since 1970, while deletionTimestamp is set.
  std::int64_t deletion_asked = 0;
  std::int64_t pre_stop_sleep = 0;   // The longest preStop.sleep of its containers, in seconds.
  bool has_init_containers = false;  // Ordinary ones, which end before the others start.
  bool has_sidecars = false;
  bool may_have_deletion_room = false;      // translate/deletion_room.h
  bool has_storage_limit = false;           // A limit of ephemeral-storage.
  std::vector<StartupPatience> startups{};  // Those of its containers and sidecars that have one.
  bool fail_fast = false;  // A creation error makes it Failed, as its annotations ask.

  bool deleting() const { return deletion_grace.has_value(); }
  bool terminal() const { return phase == PodPhase::kSucceeded || phase == PodPhase::kFailed; }
  kube::ObjectKey key() const { return {.ns = ns, .name = name, .subresource = {}}; }
};

// Errors: kInternal when `bytes` is not a Pod with name and UID.
base::Result<std::shared_ptr<const PodSnapshot>> MakePodSnapshot(std::string_view bytes);

// True when version `a` of one object is newer than `b`: resource versions are decimal integers
// (Kubernetes 1.35, KEP-5504); an unreadable one counts as newer, so that news are never dropped.
bool IsNewerVersion(std::string_view a, std::string_view b);

}  // namespace vk::agent
