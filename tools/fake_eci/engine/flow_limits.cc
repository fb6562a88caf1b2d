#include "tools/fake_eci/engine/flow_limits.h"

#include <chrono>

#include "tools/fake_eci/engine/cloud_error.h"

namespace vk::fake {

FlowLimits::FlowLimits() { Reset(); }

void FlowLimits::Reset() {
  windows_.clear();
  per_minute_ = {{"DescribeContainerGroups", 2000},
                 {"DescribeContainerGroupMetric", 2000},
                 {"CreateContainerGroup", 1000},
                 {"DeleteContainerGroup", 1000},
                 {"DescribeContainerGroupPrice", 1000},
                 {"ExecContainerCommand", 500},
                 {"DescribeContainerLog", 500},
                 {"RestartContainerGroup", 500},
                 {"UpdateContainerGroup", 500},
                 {"DescribeMultiContainerGroupMetric", 500},
                 {"CreateImageCache", 200}};
}

void FlowLimits::Set(std::string_view action, int calls_per_minute) {
  if (calls_per_minute >= 0) {
    per_minute_[std::string(action)] = calls_per_minute;
  } else if (const auto it = per_minute_.find(action); it != per_minute_.end()) {
    per_minute_.erase(it);
  }
}

base::Status FlowLimits::Admit(std::string_view action, base::TimePoint now) {
  constexpr std::chrono::minutes kWindow{1};
  const auto limit = per_minute_.find(action);
  if (limit == per_minute_.end()) return {};
  Window& window = windows_.try_emplace(limit->first, now).first->second;
  if (now - window.start >= kWindow) window = {.start = now};
  if (window.calls < limit->second) {
    ++window.calls;
    return {};
  }
  base::Error error = CloudError("Throttling.Api");
  error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(window.start + kWindow - now);
  return std::unexpected(std::move(error));
}

}  // namespace vk::fake
