#pragma once

#include <string>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/pod_status.pb.h"
#include "provider/translate/observation.h"

namespace vk::translate {

// What the conditions need besides the statuses.
struct ConditionFacts {
  Seconds now = 0;
  bool sandbox_ready = false;     // The group has its network.
  bool instance_created = false;  // There is a group.
  std::string group_id;           // That the pod has or had; empty: none.
  std::string trouble_reason;  // Why there is none, or why it does not start; empty: nothing known.
  std::string trouble_message;
};

// Writes status->conditions from the phase and the container statuses in `status`: the kubelet's
// own (PodReadyToStartContainers, Initialized, Ready, ContainersReady, PodScheduled) and
// ContainerInstanceCreated, which appears with the group or with the first trouble, names the group
// (status_group.h) and is False while something is wrong; all others are kept from pod.status.
// lastTransitionTime moves when a condition's status does. Source: pkg/kubelet/status/generate.go.
void WriteConditions(const k8s::io::api::core::v1::Pod& pod, const ConditionFacts& facts,
                     k8s::io::api::core::v1::PodStatus* status);

}  // namespace vk::translate
