#pragma once

#include <string>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/pod_status.pb.h"
#include "provider/translate/observation.h"

namespace vk::translate {

// Writes the statuses of containers and init containers: what was observed, what the pod's status
// knew where nothing was, and waiting ("ContainerCreating", "PodInitializing" in a pod with init
// containers) where neither is there. A container that ended for good keeps its end, an observation
// of an earlier run than the known one is ignored, and init containers that nobody told of have
// completed once a container started. While the group is Updating, containers
// that end wait for their next life. Ephemeral containers wait for ever, and their message says
// why. Sidecars are observed as containers, restart whatever the pod's policy and are ready as
// containers are. Init containers are in the specification's order, others by name. Source:
// pkg/kubelet/kubelet_pods.go, convertToAPIContainerStatuses.
void WriteContainerStatuses(const k8s::io::api::core::v1::Pod& pod,
                            const GroupObservation& observed, Seconds now,
                            k8s::io::api::core::v1::PodStatus* status);

// How containers end that are not known to have ended.
struct Ending {
  std::int32_t exit_code = 137;
  std::string reason;
  std::string message;
  Seconds now = 0;
};

// Ends every container and init container that is not terminated; one that waits for a restart ends
// as its last run did.
void EndContainers(const Ending& ending, k8s::io::api::core::v1::PodStatus* status);

}  // namespace vk::translate
