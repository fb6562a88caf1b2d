#pragma once

#include <cstdint>
#include <map>

#include "base/clock.h"

namespace vk::fake {

// Something that will happen to a resource by itself.
enum class StepKind {
  kPlace,            // Scheduling ends.
  kRun,              // The first containers start.
  kContainerStart,   // One container starts, again or after an init container.
  kContainerReady,   // Its readiness probe succeeds.
  kContainerExit,    // Its run time is over.
  kContainerKilled,  // It ends because it was asked to, or killed.
  kPendingLimit,
  kActiveDeadline,
  kRestarted,
  kUpdated,  // The containers that were updated have started.
  kFinishDelete,
  kForget,     // Leaves the listings.
  kRetention,  // An ended group is an hour old.
  kReclaim,    // Spot.
  kCacheReady,
  kCacheExpired,
};

struct Step {
  StepKind kind;
  std::uint64_t owner;      // Number of the group or cache.
  std::uint64_t epoch = 0;  // Outdated when the owner's, or its container's, has moved on.
  int container = -1;
  int exit_code = 0;
};

// What is due when, in order; equal moments in the order they were added. Used on one thread.
class Agenda {
 public:
  void Add(base::TimePoint when, Step step) { steps_.emplace(when, step); }

  // TimePoint::max() when nothing is to come.
  base::TimePoint Next() const {
    return steps_.empty() ? base::TimePoint::max() : steps_.begin()->first;
  }

  // REQUIRES: Next() is not max().
  Step Take() {
    const Step step = steps_.begin()->second;
    steps_.erase(steps_.begin());
    return step;
  }

 private:
  std::multimap<base::TimePoint, Step> steps_;
};

}  // namespace vk::fake
