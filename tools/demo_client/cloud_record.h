#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vk::demo {

// A group as the fake cloud remembers it.
struct CloudGroup {
  std::string id;
  std::string pod_uid;
  std::string status;
  bool ended = false;
  bool past_scheduling = false;  // It took capacity: somebody would have paid for it.
  base::TimePoint created;       // The moment its creation was received.
  std::optional<base::TimePoint> running;
};

// Asks fake-eci's control service. The calls block for at most ten seconds each.
// Errors: kUnavailable with the address.

// Every group ever made.
base::Result<std::vector<CloudGroup>> ReadGroups(const std::string& control);

// Calls received, by action.
base::Result<std::map<std::string, std::uint64_t>> CountCalls(const std::string& control);

// Pods that had more than one group which took capacity.
int CountDoubled(const std::vector<CloudGroup>& groups);

}  // namespace vk::demo
