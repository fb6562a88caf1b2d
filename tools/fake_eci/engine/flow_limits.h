#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vk::fake {

// The cloud's call limits per action and minute. The documented ones hold until changed; an action
// that is not listed has none. Windows of one minute start with an action's first call. Source:
// "Limits" of the ECI API reference.
class FlowLimits {
 public:
  FlowLimits();

  // Replaces one action's limit. 0 refuses every call; a negative number lifts the limit.
  void Set(std::string_view action, int calls_per_minute);
  void LiftAll() { per_minute_.clear(); }
  void Reset();

  // Counts one call. Errors: Throttling.Api, with the time until the window ends as retry_after.
  base::Status Admit(std::string_view action, base::TimePoint now);

  const std::map<std::string, int, std::less<>>& per_minute() const { return per_minute_; }

 private:
  struct Window {
    base::TimePoint start;
    int calls = 0;
  };

  std::map<std::string, int, std::less<>> per_minute_;
  std::map<std::string, Window, std::less<>> windows_;
};

}  // namespace vk::fake
