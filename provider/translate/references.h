#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/service.pb.h"

namespace vk::translate {

// A ConfigMap or Secret that a pod names, in the pod's namespace.
struct ObjectReference {
  enum class Kind { kConfigMap, kSecret };
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
};
PodReferences FindReferences(const k8s::io::api::core::v1::Pod& pod);
// Those of them that are for volumes.
PodReferences FindFileReferences(const k8s::io::api::core::v1::Pod& pod);

// The token that source `source_index` of a projected volume asks for.
TokenReference TokenOf(const k8s::io::api::core::v1::PodSpec& spec,
                       const k8s::io::api::core::v1::Volume& volume, int source_index);

// Those things, fetched. Pointers outlive the call; an object that does not exist is left out.
struct PodInputs {
  std::map<std::string, const k8s::io::api::core::v1::ConfigMap*> config_maps;
  std::map<std::string, const k8s::io::api::core::v1::Secret*> secrets;
  std::map<TokenReference, std::string> tokens;
  // Services of the pod's namespace and default/kubernetes, sorted by namespace and name.
  std::vector<const k8s::io::api::core::v1::Service*> services;
};

}  // namespace vk::translate
