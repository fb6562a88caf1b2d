#pragma once

#include <cstdint>
#include <optional>

#include "provider/translate/planning.h"

namespace vk::translate {

// The user and group that a container (of either kind) asks for, by itself or with its pod;
// nothing: those of its image.
std::optional<std::int64_t> UserOf(const core::Container& container, const core::PodSpec& spec);
std::optional<std::int64_t> GroupOf(const core::Container& container, const core::PodSpec& spec);

// The refusal of a pod whose init container asks for root and must not be root. As on a kubelet it
// waits; of other containers the cloud says so itself.
std::optional<NotNow> RootRefused(const core::Pod& pod);

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
