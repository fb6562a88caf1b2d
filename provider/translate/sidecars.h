#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proto/kubernetes/core/v1/container.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/translate/observation.h"

// Native sidecars: init containers with restartPolicy Always. The cloud runs each as one of the
// group's containers, and its own variables say that it starts before and ends after the others;
// the pod's status reports it as the init container that it is. Pure.
namespace vk::translate {

// Whether an init container is a sidecar. An ordinary container never is, whatever its own policy.
bool IsSidecar(const k8s::io::api::core::v1::Container& init);

bool HasSidecars(const k8s::io::api::core::v1::PodSpec& spec);

// Whether init containers are left that run to their end before all others.
bool HasOrdinaryInitContainers(const k8s::io::api::core::v1::PodSpec& spec);

// The variables that have the cloud treat the sidecar at this place among the init containers as a
// kubelet would: started in the order of the specification and before the others, ended after them
// and in the reverse order, without its exit code counting. Source: ECI, "Configure container
// startup and exit order", "Forcibly terminate the sidecar container and ignore the container exit
// code". REQUIRES: it is a sidecar.
std::vector<std::pair<std::string, std::string>> SidecarControls(
    const k8s::io::api::core::v1::PodSpec& spec, int index);

// An ordinary init container behind a sidecar that it may need, by their names, and its place in
// spec.initContainers: the cloud runs all ordinary ones first. Empty when there is none.
struct MisplacedInit {
  std::string sidecar;
  std::string init;
  int index;
};
std::vector<MisplacedInit> FindMisplacedInit(const k8s::io::api::core::v1::PodSpec& spec);

// Whether a pod with sidecars has run its last: all of its ordinary containers were seen to have
// ended, and its policy starts none of them again. False for a pod without sidecars, whose group
// ends by itself.
bool OnlySidecarsRemain(const k8s::io::api::core::v1::PodSpec& spec,
                        const GroupObservation& observed);

}  // namespace vk::translate
