#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tools/demo_client/batch_times.h"
#include "tools/demo_client/options.h"
#include "tools/demo_client/pod_board.h"

namespace vk::demo {

// Asks for executors as a Spark driver's ExecutorPodsAllocator does: one second after it was done
// the last time it looks at its pods and, if the rule lets it, posts a batch, one pod after the
// other.
//   spark-2.4  when every pod that it asked for was seen and none of them is Pending
//   spark-3    when every pod was seen (3.1 and later, SPARK-33231)
// What Spark does when a pod fails or stays unseen is not replayed: the demonstration ends then.
class ExecutorAllocator {
 public:
  // Posts the executor of an id, from 1 on.
  using Submit = std::function<boost::asio::awaitable<base::Status>(int)>;

  struct Plan {
    AllocationRule rule = AllocationRule::kSpark24;
    int executors = 0;
    int batch = 0;
  };

  // REQUIRES: board and clock outlive it; plan.batch > 0.
  ExecutorAllocator(Plan plan, const PodBoard& board, base::Clock& clock, Submit submit)
      : plan_(plan), board_(board), clock_(clock), submit_(std::move(submit)) {}

  // Until all executors have been posted. Errors: the first of `submit`; kCancelled.
  boost::asio::awaitable<base::Status> Run();

  // Those that have been posted.
  const std::vector<Batch>& batches() const { return batches_; }

 private:
  int requested() const { return batches_.empty() ? 0 : batches_.back().last; }
  bool MayAsk() const;
  boost::asio::awaitable<base::Status> AskForBatch();

  const Plan plan_;
  const PodBoard& board_;
  base::Clock& clock_;
  const Submit submit_;
  std::vector<Batch> batches_;
};

}  // namespace vk::demo
