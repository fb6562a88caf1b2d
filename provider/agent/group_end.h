#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "provider/agent/pod_record.h"
#include "provider/translate/group_ending.h"

// When a group is told to end that is not simply ended at once. Pure; docs/ownership.md §4 has the
// rules.
namespace vk::agent {

// How long the cloud may take to end sidecars by itself once all other containers have ended for
// good. That it obeys the variables that ask for it is unverified.
inline constexpr std::chrono::seconds kSidecarPatience{30};

// What a kubelet leaves a sidecar whose containers used up the whole grace. Source:
// minimumGracePeriodInSeconds in pkg/kubelet/kuberuntime/kuberuntime_container.go.
inline constexpr std::chrono::seconds kSidecarLeastGrace{2};

// Until when the deletion of the group waits, since preStop hooks of its containers sleep: the
// longest of them, at most the deletion's grace, counted from when the deletion was asked for.
// Nothing when none sleeps, or when no container runs that a hook would be for. REQUIRES: the pod
// is being deleted.
std::optional<base::TimePoint> SleepsUntil(const PodRecord& record);

// When the group of a pod in deletion is to be ended by force: at the end of the deletion's grace,
// where the group itself may take longer. Nothing where the group's own grace is enough. REQUIRES:
// the pod is being deleted.
std::optional<base::TimePoint> ForceAt(const DesiredPod& desired);

// When a group is to be ended whose sidecars outlive its containers; nothing while that is not so.
std::optional<base::TimePoint> SidecarsOverdue(const GroupState& group);

// Who ended the pod's group, or is ending it.
translate::GroupEnder EnderOf(const PodRecord& record);

}  // namespace vk::agent
