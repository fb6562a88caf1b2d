#pragma once

#include <string>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/pod_status.pb.h"
#include "provider/translate/group_ending.h"
#include "provider/translate/observation.h"

namespace vk::translate {

// The reason that a pod's volumes are waited for.
inline constexpr char kFailedMount[] = "FailedMount";

struct StatusFacts {
  Seconds now = 0;
  std::string node_ip;
  // The group that the status is to name (docs/ownership.md, section 1); empty: none.
  std::string group_id{};
  Seconds acknowledged = 0;                   // When this node saw the pod first; 0: now.
  GroupEnder ended_by = GroupEnder::kItself;  // Who ended a group that has ended.
};

// The status of a pod whose group looks like `observed`, by the kubelet's rules (phase, conditions,
// container statuses; sources: pkg/kubelet/kubelet_pods.go, pkg/kubelet/status). Starts from
// `pod.status`: what others own there (foreign conditions, qosClass, resource claims) is kept,
// lastTransitionTime moves only when a condition's status changes, a terminal phase never goes
// back. startTime is when this node acknowledged the pod, at the latest when its group was made,
// however late the first status can be written; it never changes. Unless the pod is being deleted
// it stays Running until the group itself says that it has ended: an answer may be put together
// from different moments.
k8s::io::api::core::v1::PodStatus GroupToStatus(const k8s::io::api::core::v1::Pod& pod,
                                                const GroupObservation& observed,
                                                const StatusFacts& facts);

// True when the group failed to start and leaves its pod to another one: it could not be placed, or
// it failed before a container of a pod that restarts ever ran.
bool CameToNothing(const k8s::io::api::core::v1::Pod& pod, const GroupObservation& observed);

// True when all containers of the group are shown as terminated and the pod's policy starts none of
// them again.
bool ContainersAreOver(const k8s::io::api::core::v1::Pod& pod, const GroupObservation& observed);

// The status of a pod that has no group (yet): Pending, containers waiting for `reason`
// ("ContainerCreating" when empty or FailedMount, which the kubelet tells by events alone), and the
// condition ContainerInstanceCreated=False with reason and message when there is something to tell.
// With facts.group_id its group exists and was not seen yet.
k8s::io::api::core::v1::PodStatus WaitingStatus(const k8s::io::api::core::v1::Pod& pod,
                                                const std::string& reason,
                                                const std::string& message,
                                                const StatusFacts& facts);

// How a pod ends whose group is gone without a last word: every container that is not terminated
// already gets exit code 137 and `reason` ("ContainerStatusUnknown" after our own delete,
// "ContainerGroupLost" otherwise); phase Failed unless every container is known to have ended with
// 0 and, if the pod is not being deleted, for good.
k8s::io::api::core::v1::PodStatus LostStatus(const k8s::io::api::core::v1::Pod& pod,
                                             const std::string& reason, const std::string& message,
                                             const StatusFacts& facts);

// Makes of a pod's last status one of a pod that was evicted, whatever its containers ended with.
void Evict(const std::string& message, k8s::io::api::core::v1::PodStatus* status);

// A pod whose deadline was over and that has no group which could tell how its containers ended:
// Failed/DeadlineExceeded, containers that are not terminated already with exit code 137.
k8s::io::api::core::v1::PodStatus DeadlineStatus(const k8s::io::api::core::v1::Pod& pod,
                                                 const StatusFacts& facts);

// A pod that ends without ever having had a group: Failed, containers terminated with exit code
// 137.
k8s::io::api::core::v1::PodStatus NeverStartedStatus(const k8s::io::api::core::v1::Pod& pod,
                                                     const std::string& message,
                                                     const StatusFacts& facts);

}  // namespace vk::translate
