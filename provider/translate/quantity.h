#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vk::translate {

// A Kubernetes quantity ("100m", "1.5", "2e3", "512Mi") in thousandths of its unit, rounded up as
// Kubernetes rounds what is finer. Beyond 2^63 - 1 thousandths (8 Pi): that bound. Nothing for what
// is not a quantity, or a negative one, which no resource has. Source:
// apimachinery/pkg/api/resource.
std::optional<std::int64_t> ParseMilli(std::string_view text);

// The same in whole units, rounded up: bytes.
std::optional<std::int64_t> ParseUnits(std::string_view text);

}  // namespace vk::translate
