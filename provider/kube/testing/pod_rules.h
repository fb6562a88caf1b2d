#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"

namespace k8s::io::api::core::v1 {
class Pod;
}

namespace vk::kube {

// What the API server does to pods besides keeping them. Pure functions. Source:
// pkg/registry/core/pod/strategy.go and pkg/apis/core/{v1/defaults.go,validation} of Kubernetes.

// Defaults, phase Pending, QoS class, generation 1. Errors: 422.
base::Status PreparePodCreate(k8s::io::api::core::v1::Pod* pod);

// A write to the pod itself: its status stays; of the spec only images, activeDeadlineSeconds,
// terminationGracePeriodSeconds and tolerations may change. Errors: 422.
base::Status PreparePodUpdate(const k8s::io::api::core::v1::Pod& old,
                              k8s::io::api::core::v1::Pod* pod);

// A write to its status: spec and owners stay, labels and annotations may change. Errors: 422, for
// a container that comes back from terminated though its pod does not restart it, two addresses of
// one family, hostIPs that do not begin with hostIP, another QoS class.
base::Status PreparePodStatusUpdate(const k8s::io::api::core::v1::Pod& old,
                                    k8s::io::api::core::v1::Pod* pod);

// How long a pod that begins to be deleted gets: 0, which removes it, if it is not bound or has
// ended.
std::int64_t DeletionGrace(const k8s::io::api::core::v1::Pod& pod,
                           std::optional<std::int64_t> asked);

}  // namespace vk::kube
