#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "eci_client/eci_api.h"

namespace vk::kubelet {

// What to ask DescribeContainerLog for.
struct LogCall {
  bool previous = false;
  bool timestamps = false;
  std::int64_t tail = 0;                // 1 to kMaxLogLines.
  std::optional<std::int64_t> start{};  // Seconds since 1970, inclusive.
};

// The log of one container of one group in the cloud.
class LogSource {
 public:
  // REQUIRES: `cloud` and `clock` outlive it.
  LogSource(std::string group_id, std::string container, std::chrono::seconds call_limit,
            eci::EciApi& cloud, base::Clock& clock);

  // Errors: those of the call.
  boost::asio::awaitable<base::Result<std::string>> Read(LogCall call);

 private:
  const std::string group_id_;
  const std::string container_;
  const std::chrono::seconds call_limit_;
  eci::EciApi& cloud_;
  base::Clock& clock_;
};

}  // namespace vk::kubelet
