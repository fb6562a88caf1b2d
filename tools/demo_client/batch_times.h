#pragma once

#include <chrono>
#include <vector>

#include "base/clock.h"

namespace vk::demo {

// Executors that were asked for together, by their ids, and when their POSTs were sent.
struct Batch {
  int first = 0;
  int last = 0;
  base::TimePoint first_post;
  base::TimePoint last_post;
};

// What became of one executor.
struct StartedExecutor {
  base::TimePoint running;           // Seen at the API.
  std::chrono::nanoseconds cloud{};  // The cloud's own time of its start.
};

// Samples of an application whose executors were asked for in batches; one sample a batch, in
// order.
struct BatchTimes {
  // From the POST of its last pod to all of its pods seen Running, each without the cloud's time.
  std::vector<double> added_s;
  // From there, cloud and all, to the first POST of the next one: the allocator's own. Left out
  // where the next one had not waited for Running.
  std::vector<double> waited_s;
  double total_s = 0;  // From the first POST of all to the last pod seen Running.
};

// REQUIRES: `batches` is not empty; `executors` has all of them, that of id 1 first.
BatchTimes MeasureBatches(const std::vector<Batch>& batches,
                          const std::vector<StartedExecutor>& executors);

}  // namespace vk::demo
