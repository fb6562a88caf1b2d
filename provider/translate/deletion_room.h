#pragma once

#include <cstdint>

#include "proto/kubernetes/core/v1/pod.pb.h"

// Deletions with a longer grace than the pod's own (`kubectl delete --grace-period`). The cloud
// takes a group's grace at its creation and never again, so it can be made longer in advance, and
// the node ends the group by force when the grace of a deletion is over. Pure.
namespace vk::translate {

// Whether the grace of the pod's group is used by deletions alone: not by liveness and startup
// probes, after which the cloud restarts a container, nor by the cloud's end of sidecars.
bool MayHaveDeletionRoom(const k8s::io::api::core::v1::PodSpec& spec);

// The grace in seconds that the pod's group is made with: GroupGrace(), and `longest` where that is
// more and the pod may have it.
std::int64_t GroupGraceWithRoom(const k8s::io::api::core::v1::PodSpec& spec, std::int64_t longest);

}  // namespace vk::translate
