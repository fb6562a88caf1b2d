#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vk::kubelet {

// What part of a container's log is wanted, as core/v1 PodLogOptions.
struct LogOptions {
  bool follow = false;
  bool previous = false;
  bool timestamps = false;
  std::optional<std::int64_t> tail_lines;   // The last so many; all of them when absent.
  std::optional<std::int64_t> limit_bytes;  // At least 1; counts timestamps.
  std::optional<base::WallTime> since;
};

// Why a query cannot be served, in the kubelet's distinction: 400 for what cannot be read, 422 for
// values that cannot be.
struct LogOptionsError {
  int http_status;
  std::string text;
};

struct LogOptionsOutcome {
  LogOptions options;
  std::optional<LogOptionsError> error;
};

// Reads the query of /containerLogs. `now` is what sinceSeconds counts back from. Unknown
// parameters are ignored, as the kubelet does.
LogOptionsOutcome ParseLogOptions(std::string_view query, base::WallTime now);

}  // namespace vk::kubelet
