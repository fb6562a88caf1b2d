#pragma once

#include <cstddef>

#include "base/result.h"
#include "tools/fake_eci/engine/options.h"

namespace vk::eci::v1 {
class CreateContainerGroupRequest;
}

namespace vk::fake {

// The values that each limit of the ECI API reference allows.
struct Limits {
  int containers = 20;  // Init containers included.
  int volumes = 20;
  int disks = 6;
  int tags = 20;
  int environment_vars = 240;
  std::size_t environment_value = 0;
  int arguments = 0;
  int list_items = 100;                 // Commands, ports, mounts, ...
  std::size_t config_file = 32u << 10;  // Decoded bytes.
  std::size_t config_volume = 60u << 10;
};
const Limits& LimitsOf(LimitsSource source);

// Whether the cloud would take this request as far as it can be told without looking at what there
// is. Sizes, vSwitches and stock come later. Errors: the first problem, with the parameter's name
// as the caller wrote it.
base::Status Validate(const eci::v1::CreateContainerGroupRequest& request, const Limits& limits);

// Parts of Validate, in validate_container.cc and validate_volume.cc.
base::Status ValidateContainers(const eci::v1::CreateContainerGroupRequest& request,
                                const Limits& limits);
base::Status ValidateVolumes(const eci::v1::CreateContainerGroupRequest& request,
                             const Limits& limits);

}  // namespace vk::fake
