#pragma once

#include <optional>

#include "provider/translate/planning.h"

namespace vk::translate {

// The first list in `request` that is longer than the cloud takes, as a refusal that names limit
// and size. Source: ECI, "CreateContainerGroup" and its "Limits".
std::optional<NotNow> OverLimit(const eci::v1::CreateContainerGroupRequest& request);

// The same for the pod's own lists of containers and volumes, before anything is made of them: what
// thousands of them become would take gigabytes.
std::optional<NotNow> OverLimit(const core::PodSpec& spec);

}  // namespace vk::translate
