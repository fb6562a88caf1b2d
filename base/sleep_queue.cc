#include "base/sleep_queue.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/task_group.h"

namespace vk::base {
namespace {

std::unexpected<Error> WasCancelled() {
  return std::unexpected(Error(ErrorCode::kCancelled, "sleep until a moment: cancelled"));
}

}  // namespace

// Lives in the sleeping coroutine's frame, so a destroyed frame leaves the queue by itself.
class SleepQueue::Sleeper {
 public:
  Sleeper(SleepQueue& queue, TimePoint when)
      : queue_(queue),
        timer_(queue.executor_, boost::asio::steady_timer::time_point::max()),
        place_(queue.sleepers_.emplace(when, this)) {}
  Sleeper(const Sleeper&) = delete;
  ~Sleeper() { Leave(); }

  auto Wait() { return timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable)); }
  bool woken() const { return woken_; }
  void Leave() {
    if (!std::exchange(left_, true)) queue_.sleepers_.erase(place_);
  }
  void Forget() { left_ = true; }
  void Wake() {
    Leave();
    woken_ = true;
    timer_.cancel();
  }

 private:
  SleepQueue& queue_;
  boost::asio::steady_timer timer_;
  std::multimap<TimePoint, Sleeper*>::iterator place_;
  bool left_ = false;
  bool woken_ = false;
};

SleepQueue::SleepQueue(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

// The clock may end before the frames of its sleepers do.
SleepQueue::~SleepQueue() { Detach(); }

boost::asio::awaitable<Status> SleepQueue::Sleep(TimePoint now, TimePoint when) {
  if (co_await Cancelled()) co_return WasCancelled();
  if (when <= now) co_return Status();
  Sleeper sleeper(*this, when);
  co_await sleeper.Wait();
  if (sleeper.woken()) co_return Status();
  co_return WasCancelled();
}

std::optional<TimePoint> SleepQueue::next() const {
  return sleepers_.empty() ? std::nullopt : std::optional(sleepers_.begin()->first);
}

void SleepQueue::WakeNext() { sleepers_.begin()->second->Wake(); }

void SleepQueue::WakeDue(TimePoint now) {
  while (!sleepers_.empty() && sleepers_.begin()->first <= now) WakeNext();
}

void SleepQueue::Detach() {
  for (const auto& [when, sleeper] : sleepers_) sleeper->Forget();
  sleepers_.clear();
}

}  // namespace vk::base
