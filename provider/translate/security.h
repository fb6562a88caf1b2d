#pragma once

#include "provider/translate/planning.h"

namespace vk::translate {

// What a container runs as: its own settings, else the pod's, since the cloud has them per
// container only. Init containers have fewer (field_table refuses the others).
void WriteSecurity(const core::Container& container, const core::PodSpec& spec,
                   eci::v1::Container* out);
void WriteSecurity(const core::Container& container, const core::PodSpec& spec,
                   eci::v1::InitContainer* out);

// The pod's sysctls: the cloud takes the safe and the unsafe ones apart, and refuses the rest.
// Source: ECI, "Configure a security context".
Planned<void> WriteSysctls(const core::PodSpec& spec,
                           eci::v1::CreateContainerGroupRequest* request);

}  // namespace vk::translate
