#pragma once

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/pod_status.pb.h"
#include "provider/translate/observation.h"

// Why a group ended, where the exit codes of its containers do not tell.
namespace vk::translate {

// Reason and message of a kubelet. Source: pkg/kubelet/active_deadline.go.
inline constexpr char kDeadlineExceeded[] = "DeadlineExceeded";
inline constexpr char kDeadlineMessage[] =
    "Pod was active on the node longer than the specified deadline";

inline constexpr char kSpotReclaimed[] = "SpotInstanceReclaimed";

// Who ended a group.
enum class GroupEnder {
  kItself,  // Its containers, or the cloud, as far as is known.
  kNode,
  kDeadline,  // This node, since the deadline of the pod was over.
  kSomebodyElse,
};

// Whether the group was stopped before its containers were done, so that its pod has failed
// whatever their exit codes are: by its deadline or by a foreign hand.
bool WasStopped(const k8s::io::api::core::v1::Pod& pod, GroupStatus group, GroupEnder ender,
                const k8s::io::api::core::v1::PodStatus& status);

// Writes reason and message of a pod that is Failed, where there is more to tell than exit codes:
// SpotInstanceReclaimed (with the condition DisruptionTarget, which a Job may choose not to count
// as a failure), DeadlineExceeded, ContainerGroupDeleted, or
// ContainerGroupKilled where signals that neither this node nor the containers sent ended all of
// them.
void WriteReasonOfEnd(const k8s::io::api::core::v1::Pod& pod, const GroupObservation& observed,
                      GroupEnder ender, Seconds now, k8s::io::api::core::v1::PodStatus* status);

}  // namespace vk::translate
