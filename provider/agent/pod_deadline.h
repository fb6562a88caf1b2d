#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "provider/agent/pod_record.h"

namespace vk::eci::v1 {
class CreateContainerGroupRequest;
}  // namespace vk::eci::v1

// A pod's activeDeadlineSeconds, which may be set or lowered while it runs. Pure; docs/ownership.md
// §4 has the rules.
namespace vk::agent {

// How long the cloud may take to end a group by the deadline that it was created with. Its clock
// starts when the group is placed, and what the cloud ends by itself keeps its log there.
inline constexpr std::chrono::seconds kCloudDeadlineLag{20};

// When the pod's deadline is over, counted from status.startTime as a kubelet does; nothing when
// the pod has none.
std::optional<base::TimePoint> DeadlineOf(const DesiredPod& desired);

bool DeadlineIsOver(const DesiredPod& desired, base::TimePoint now);

// When this node ends a group whose pod's deadline is over: at once where the cloud was told
// another deadline or none, else after kCloudDeadlineLag. A group that an earlier process created
// counts as created with the present deadline. Nothing when the pod has none.
std::optional<base::TimePoint> DeadlineEndsGroupAt(const PodRecord& record);

// The next moment after `now` at which the deadline changes what is to be done; nothing when there
// is none.
std::optional<base::TimePoint> NextDeadlineStep(const PodRecord& record, base::TimePoint now);

// Tells the cloud how much of the deadline is left, at least a second, and notes what it was told.
void TellCloudTheDeadline(base::TimePoint now, PodRecord* record,
                          eci::v1::CreateContainerGroupRequest* request);

}  // namespace vk::agent
