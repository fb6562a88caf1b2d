#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "eci_client/eci_api.h"
#include "provider/agent/pod_access.h"

namespace vk::kubelet {

// What to ask DescribeContainerLog for.
struct LogCall {
  bool previous = false;
  bool timestamps = false;
  std::int64_t tail = 0;                // 1 to kMaxLogLines.
  std::optional<std::int64_t> start{};  // Seconds since 1970, inclusive.
};

// The log of one container of one group: the cloud's, else what was kept of it before the group was
// ended.
class LogSource {
 public:
  // `kept` may be null. REQUIRES: `cloud` and `clock` outlive it.
  LogSource(std::string group_id, std::string container, std::chrono::seconds call_limit,
            eci::EciApi& cloud, base::Clock& clock,
            std::shared_ptr<const agent::GroupLogs> kept = nullptr);

  // Errors: those of the call, unless the log was kept.
  boost::asio::awaitable<base::Result<std::string>> Read(LogCall call);

 private:
  const std::string group_id_;
  const std::string container_;
  const std::chrono::seconds call_limit_;
  eci::EciApi& cloud_;
  base::Clock& clock_;
  const std::shared_ptr<const agent::GroupLogs> kept_;
};

}  // namespace vk::kubelet
