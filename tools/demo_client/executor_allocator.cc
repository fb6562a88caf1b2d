#include "tools/demo_client/executor_allocator.h"

#include <algorithm>
#include <chrono>

#include "tools/demo_client/spark_application.h"

namespace vk::demo {
namespace {

// spark.kubernetes.allocation.batch.delay, as it is unless set.
constexpr std::chrono::seconds kBatchDelay{1};

bool IsPending(const SeenPod& pod) { return pod.phase == "Pending" && !pod.deleting && !pod.gone; }

}  // namespace

boost::asio::awaitable<base::Status> ExecutorAllocator::Run() {
  while (true) {
    if (MayAsk()) VK_CO_CHECK_OK(co_await AskForBatch());
    if (requested() == plan_.executors) co_return base::Status();
    VK_CO_CHECK_OK(co_await clock_.SleepUntil(clock_.Now() + kBatchDelay));
  }
}

bool ExecutorAllocator::MayAsk() const {
  for (int id = 1; id <= requested(); ++id) {
    const SeenPod* pod = board_.Find(ExecutorName(id));
    if (pod == nullptr) return false;
    if (plan_.rule == AllocationRule::kSpark24 && IsPending(*pod)) return false;
  }
  return true;
}

boost::asio::awaitable<base::Status> ExecutorAllocator::AskForBatch() {
  const int first = requested() + 1;
  Batch batch{.first = first,
              .last = std::min(requested() + plan_.batch, plan_.executors),
              .first_post = clock_.Now(),
              .last_post = {}};
  for (int id = first; id <= batch.last; ++id) {
    batch.last_post = clock_.Now();
    VK_CO_CHECK_OK(co_await submit_(id));
  }
  batches_.push_back(batch);
  co_return base::Status();
}

}  // namespace vk::demo
