#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/types.pb.h"
#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/persistent_volume.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/service.pb.h"
#include "proto/kubernetes/core/v1/volume_claim.pb.h"
#include "provider/translate/observation.h"

namespace vk::translate {

// What the agent knows about its node and cluster, the same for every pod.
struct NodeFacts {
  GroupIdentity identity;  // cluster_id, kube_system_uid and node_name; the rest is the pod's.
  std::string node_ip;
  std::string region;
  std::vector<std::string> v_switch_ids;
  std::map<std::string, std::string> v_switch_zones;  // By id, of those whose zone was told.
  std::vector<std::string> security_group_ids;
  std::vector<std::string>
      cluster_dns;  // Empty: ClusterFirst falls back to Default, with event MissingClusterDNS.
  std::string cluster_domain;
  bool private_zone = false;  // Services have names in the VPC's own DNS (service_zone.h).
  std::string pod_apiserver;  // "host:port" that replaces the API server's ClusterIP in the
                              // environment; empty: left as it is.
  bool run_daemonsets = false;
  std::string volume_permissions_image;  // For fsGroup on disks (storage_plan.h); empty: refused.
};

// A ConfigMap, Secret or claim that a pod names, in the pod's namespace; or the PersistentVolume
// that a claim is bound to, which is in none.
struct ObjectReference {
  enum class Kind { kConfigMap, kSecret, kClaim, kVolume };
  Kind kind;
  std::string name;
  bool optional = false;  // Every mention is optional: its absence does not hold the pod.

  auto operator<=>(const ObjectReference&) const = default;
};

// A key of one that the pod cannot start without.
struct KeyReference {
  ObjectReference::Kind kind;
  std::string name;
  std::string key;
  bool binary_counts = false;  // A ConfigMap's binaryData may have it: files, not variables.

  auto operator<=>(const KeyReference&) const = default;
};

// A bound ServiceAccount token that a projected volume asks for.
struct TokenReference {
  std::string volume;
  int source_index = 0;  // Within the volume's sources.
  std::string service_account;
  std::string audience;  // Empty: the API server's own.
  std::int64_t expiration_seconds = 3600;

  auto operator<=>(const TokenReference&) const = default;
};

// Everything outside the pod that its container group is made of.
struct PodReferences {
  std::vector<ObjectReference> objects;  // Sorted, without repeats; so are the keys.
  std::vector<KeyReference> keys;
  std::vector<TokenReference> tokens;
  std::vector<std::string> claims;  // Names, sorted, without repeats.
};
PodReferences FindReferences(const k8s::io::api::core::v1::Pod& pod);
// Those of them that are for volumes.
PodReferences FindFileReferences(const k8s::io::api::core::v1::Pod& pod);

// The Secret that a PersistentVolume's driver needs, wherever it is.
struct VolumeSecret {
  std::string ns;
  std::string name;

  auto operator<=>(const VolumeSecret&) const = default;
};
std::optional<VolumeSecret> VolumeSecretOf(const k8s::io::api::core::v1::PersistentVolume& volume);

// Those things, fetched. Pointers outlive the call; an object that does not exist is left out.
struct PodInputs {
  std::map<std::string, const k8s::io::api::core::v1::ConfigMap*> config_maps;
  std::map<std::string, const k8s::io::api::core::v1::Secret*> secrets;
  std::map<TokenReference, std::string> tokens;
  std::map<std::string, const k8s::io::api::core::v1::PersistentVolumeClaim*> claims;
  // Those that the claims are bound to, by name, and the Secrets that they need.
  std::map<std::string, const k8s::io::api::core::v1::PersistentVolume*> volumes;
  std::map<VolumeSecret, const k8s::io::api::core::v1::Secret*> volume_secrets;
  // Services of the pod's namespace and default/kubernetes, sorted by namespace and name.
  std::vector<const k8s::io::api::core::v1::Service*> services;
};

// Something a person should read with `kubectl describe pod`.
struct Notice {
  bool warning = true;
  std::string reason;  // "MissingClusterDNS"
  std::string message;

  bool operator==(const Notice&) const = default;
};

// The request for a pod's group: everything but ClientToken, which is the caller's.
struct GroupPlan {
  eci::v1::CreateContainerGroupRequest request;
  std::vector<Notice> notices;
};

// Why a pod cannot become a group now. It stays Pending; nothing is sent to the cloud.
struct NotNow {
  enum class Kind {
    kWaiting,      // A required object or key is missing; `missing` says which to watch.
    kUnsupported,  // A field that is not mapped: never run without it.
    kTooLarge,     // Over a limit of the cloud.
    kNotOurs,      // A DaemonSet's or a mirror pod.
    kInvalid,      // Cannot run anywhere: a bad annotation, a reference that cannot be expanded.
  };
  Kind kind;
  Notice notice;
  std::vector<ObjectReference> missing;
};

// Turns a pod into the request for its container group. Pure: no clock, no I/O; the same arguments
// give the same bytes.
std::variant<GroupPlan, NotNow> PodToGroup(const k8s::io::api::core::v1::Pod& pod,
                                           const PodInputs& inputs, const NodeFacts& node);

// The paths of fields set in `pod` that PodToGroup does not map, such as "spec.hostIPC"; empty when
// it maps all.
std::vector<std::string> UnmappedFields(const k8s::io::api::core::v1::Pod& pod);

// `<ns>-<pod>` with other characters as '-', cut to 100, '-', first 8 hex digits of the UID.
std::string GroupName(std::string_view ns, std::string_view pod, std::string_view uid);

// The tags every group of a pod carries, and those that a listing filters by: cluster id,
// kube-system UID, node name, and the pod's UID when `identity` has one.
std::vector<eci::v1::Tag> IdentityTags(const GroupIdentity& identity);
std::vector<eci::v1::Tag> ListingTags(const GroupIdentity& identity);
// A value of over 128 characters becomes a prefix and a hash.
std::string TagValue(std::string_view value);

}  // namespace vk::translate
