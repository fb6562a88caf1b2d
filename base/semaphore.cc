#include "base/semaphore.h"

#include "base/task_group.h"

namespace vk::base {

struct Semaphore::Waiter {
  explicit Waiter(const boost::asio::any_io_executor& executor) : turn(executor) {}

  Event turn;
  bool granted = false;
};

boost::asio::awaitable<Status> Semaphore::Acquire() {
  if (co_await Cancelled())
    co_return std::unexpected(Error(ErrorCode::kCancelled, "wait for a turn: cancelled"));
  if (free_ > 0) {
    --free_;
    co_return Status();
  }
  Waiter waiter(executor_);
  const auto place = waiting_.insert(waiting_.end(), &waiter);
  if (co_await waiter.turn.Wait()) co_return Status();
  if (waiter.granted) {
    Release();
  } else {
    waiting_.erase(place);
  }
  co_return std::unexpected(Error(ErrorCode::kCancelled, "wait for a turn: cancelled"));
}

void Semaphore::Release() {
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  Waiter* const next = waiting_.front();
  waiting_.pop_front();
  next->granted = true;
  next->turn.Set();
}

}  // namespace vk::base
