#pragma once

#include <cstdint>
#include <string>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/pod_status.pb.h"

namespace vk::translate {

// Whether the pod's policy starts a container again that ended with `exit_code`.
bool RestartsAfter(const k8s::io::api::core::v1::PodSpec& spec, std::int32_t exit_code);

// The phase that the container statuses in `status` make, by the kubelet's rules. `stopping`: no
// container is started again whatever the policy (the pod is being deleted, or its group has
// ended). A sidecar that runs keeps the pod running; how it ends decides nothing. Source:
// pkg/kubelet/kubelet_pods.go, getPhase.
std::string PhaseOf(const k8s::io::api::core::v1::PodSpec& spec,
                    const k8s::io::api::core::v1::PodStatus& status, bool stopping);

inline bool IsTerminal(const std::string& phase) {
  return phase == "Succeeded" || phase == "Failed";
}

// The status of one container in a list of statuses, null when there is none.
const k8s::io::api::core::v1::ContainerStatus* FindStatus(
    const google::protobuf::RepeatedPtrField<k8s::io::api::core::v1::ContainerStatus>& statuses,
    const std::string& name);

}  // namespace vk::translate
