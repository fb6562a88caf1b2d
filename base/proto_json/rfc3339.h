#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vk::base {

// A moment as protobuf's Timestamp holds it, wider than what a clock gives.
struct UnixTime {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;  // 0 to 999,999,999.

  bool operator==(const UnixTime&) const = default;
};

// "2026-08-02T15:00:00Z", with `digits` (0, 3, 6 or 9) of the fraction. Nothing outside the years 0
// to 9999, which the format cannot hold.
[[nodiscard]] std::optional<std::string> FormatRfc3339(UnixTime time, int digits = 0);

// With any fraction and any offset; what is beyond nanoseconds is cut off.
[[nodiscard]] std::optional<UnixTime> ParseRfc3339(std::string_view text);

}  // namespace vk::base
