#pragma once

#include <string_view>

#include "base/result.h"

namespace vk::fake {

// What a group gets: vCPU and GiB of memory.
struct Size {
  double cpu = 0;
  double memory = 0;

  auto operator<=>(const Size&) const = default;
};

// Nothing asked for. Source: ECI help, "specifications", since 2023.
inline constexpr Size kDefaultSize{2, 4};

// The smallest legal size that holds `wanted`: least vCPU first, then least memory. Some regions
// sell sizes between the common ones, but not as spot instances.
// Errors: InvalidParameter.CPU.Memory when none is large enough.
[[nodiscard]] base::Result<Size> RoundUp(Size wanted, std::string_view region, bool spot);

// The size of an ECS instance type such as "ecs.c6.xlarge", by its family's ratio.
// Errors: InvalidInstanceTypeForEciBuy for one that this cloud does not know.
[[nodiscard]] base::Result<Size> SizeOfInstanceType(std::string_view type);

}  // namespace vk::fake
