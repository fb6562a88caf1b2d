#include "tools/demo_client/batch_times.h"

#include <algorithm>
#include <cstddef>

namespace vk::demo {
namespace {

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

BatchTimes MeasureBatches(const std::vector<Batch>& batches,
                          const std::vector<StartedExecutor>& executors) {
  BatchTimes times;
  base::TimePoint last_running;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const Batch& batch = batches[i];
    std::chrono::nanoseconds added{};
    base::TimePoint all_running;
    for (int id = batch.first; id <= batch.last; ++id) {
      const StartedExecutor& executor = executors[static_cast<std::size_t>(id - 1)];
      all_running = std::max(all_running, executor.running);
      added = std::max(added, executor.running - batch.last_post - executor.cloud);
    }
    times.added_s.push_back(Seconds(added));
    last_running = std::max(last_running, all_running);
    if (i + 1 == batches.size() || batches[i + 1].first_post < all_running) continue;
    times.waited_s.push_back(Seconds(batches[i + 1].first_post - all_running));
  }
  times.total_s = Seconds(last_running - batches.front().first_post);
  return times;
}

}  // namespace vk::demo
