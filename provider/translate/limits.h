#pragma once

#include <optional>

#include "provider/translate/planning.h"

namespace vk::translate {

// The first list in `request` that is longer than the cloud takes, as a refusal that names limit
// and size. Source: ECI, "CreateContainerGroup" and its "Limits".
std::optional<NotNow> OverLimit(const eci::v1::CreateContainerGroupRequest& request);

}  // namespace vk::translate
