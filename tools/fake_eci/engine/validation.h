#pragma once

#include <string_view>

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

// At most 64 ASCII characters.
base::Status CheckClientToken(std::string_view token);

// The rules of one tag; at most `limits.tags` of them are the caller's to check.
base::Status ValidateTag(std::string_view key, std::string_view value);

// Parts of Validate, in validate_container.cc and validate_volume.cc.
base::Status ValidateContainers(const eci::v1::CreateContainerGroupRequest& request,
                                const Limits& limits);
base::Status ValidateVolumes(const eci::v1::CreateContainerGroupRequest& request,
                             const Limits& limits);

// An optional parameter that must be one of `allowed`, which is separated by spaces.
base::Status CheckOneOf(std::string_view parameter, bool present, std::string_view value,
                        std::string_view allowed);

// An optional number that must lie in [low, high].
base::Status CheckRange(std::string_view parameter, bool present, double value, double low,
                        double high);

}  // namespace vk::fake
