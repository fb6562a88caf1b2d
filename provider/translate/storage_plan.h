#pragma once

#include <string_view>

#include "provider/translate/planning.h"

namespace vk::translate {

// Adds to the request what the pod's claims, generic ephemeral and inline CSI volumes need
// (claims.h says which they are): the volumes; ReadOnly in every mount of one that is; the zone and
// the vSwitches from which all of them can be reached; and for fsGroup on writable disks an init
// container that comes first, runs as root and gives each disk to the group.
// REQUIRES: containers, init containers and vSwitches are written, and MissingClaims found nothing.
// Errors: those of claims.h and storage.h; kUnsupported for fsGroup on a disk when the node knows
// no image for that container; kInvalid when the
// volumes, or the volumes and the vSwitches, have no zone in common.
Planned<void> WriteStorageVolumes(const Translation& translation,
                                  eci::v1::CreateContainerGroupRequest* request);

// The name of that init container.
inline constexpr std::string_view kPermissionsContainer = "virtual-node-volume-permissions";

}  // namespace vk::translate
