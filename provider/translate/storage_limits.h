#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "proto/kubernetes/core/v1/pod.pb.h"

// Limits of ephemeral-storage. A kubelet ends a pod that has outgrown them; the cloud tells what
// the disk of a group holds, not what each container has written. Pure.
namespace vk::translate {

// How many bytes the containers of a pod may write together, with their logs and their emptyDirs:
// the sum of their limits, as far as they have any. Nothing without one. Source: PodLimits in
// k8s.io/component-helpers/resource, which podEphemeralStorageLimitEviction compares with.
std::optional<std::int64_t> StorageLimit(const k8s::io::api::core::v1::PodSpec& spec);

// Why a pod is evicted whose group holds so many bytes, in the kubelet's words; nothing while that
// is within its limit. A pod of one container that has no emptyDir on the disk is told by that
// container's limit. Source: pkg/kubelet/eviction/helpers.go.
std::optional<std::string> StorageEviction(const k8s::io::api::core::v1::PodSpec& spec,
                                           std::int64_t used);

}  // namespace vk::translate
