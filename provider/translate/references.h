#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/persistent_volume.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/service.pb.h"
#include "proto/kubernetes/core/v1/volume_claim.pb.h"

namespace vk::translate {

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

// The token that source `source_index` of a projected volume asks for.
TokenReference TokenOf(const k8s::io::api::core::v1::PodSpec& spec,
                       const k8s::io::api::core::v1::Volume& volume, int source_index);

// The Secret that a PersistentVolume's driver needs, wherever it is; nothing for drivers that need
// none.
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

}  // namespace vk::translate
