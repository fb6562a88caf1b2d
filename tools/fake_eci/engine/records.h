#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace vk::fake {

// A moment on both clocks: the monotonic one, which processes of one machine share, and the wall's.
struct Moment {
  base::TimePoint steady;
  base::WallTime wall;
};

struct Transition {
  std::string status;  // The cloud's status; "Removed" when the group has left the listings.
  Moment at;
};

// What stays of every group ever made, for people and tests that look back. Never changed but by
// additions.
struct GroupRecord {
  std::string id;
  std::string name;
  std::string region;
  std::string zone;
  std::string caller;
  std::string client_token;
  std::map<std::string, std::string> tags;  // As created.
  double cpu = 0;
  double memory = 0;
  bool image_cache_hit = false;
  std::vector<Transition> transitions;  // The first is Scheduling, or Preparing of image caches.

  struct Delete {
    std::string caller;
    bool force;
    Moment at;
  };
  std::vector<Delete> deletes;  // Every DeleteContainerGroup that was accepted.

  // The first moment in `status`, if it was ever reached.
  std::optional<Moment> Reached(const std::string& status) const;
  // When it stopped costing anything: ended or left. Absent while it lives.
  std::optional<Moment> Ended() const;
};

// One call, whatever became of it.
struct CallRecord {
  std::uint64_t number = 0;  // From 1, without gaps.
  std::string action;
  std::string caller;
  std::string request_id;
  std::string group_id;  // That it made or named; empty for listings.
  std::string outcome;   // "OK" or the error's code.
  bool lost_reply = false;
  Moment at;
  std::chrono::nanoseconds delay{};  // How late the answer is.
};

// True for the statuses from which a group never returns.
bool IsEnded(const std::string& status);

}  // namespace vk::fake
