#pragma once

#include <cstdint>

#include "proto/kubernetes/core/v1/pod.pb.h"

// preStop hooks that sleep (lifecycle.preStop.sleep). The cloud has no such hook: its group is
// deleted so much later instead, and has that much less of the pod's grace. Pure.
namespace vk::translate {

// The longest such sleep of the pod's containers and sidecars, in seconds, at most the pod's grace;
// 0 when none sleeps. A kubelet runs the hooks of sidecars beside the others.
std::int64_t PreStopSleep(const k8s::io::api::core::v1::PodSpec& spec);

// The grace of the pod's group in seconds: what a sleep leaves of the pod's own, and at least the 2
// that a kubelet leaves (or the pod's grace, when that is less). Source:
// minimumGracePeriodInSeconds in pkg/kubelet/kuberuntime/kuberuntime_container.go.
std::int64_t GroupGrace(const k8s::io::api::core::v1::PodSpec& spec);

}  // namespace vk::translate
