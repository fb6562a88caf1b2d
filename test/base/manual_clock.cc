#include "test/base/manual_clock.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/task_group.h"

namespace vk::base {

// Lives in the sleeping coroutine's frame, so a destroyed frame leaves the clock by itself.
class ManualClock::Sleeper {
 public:
  Sleeper(ManualClock& clock, TimePoint when)
      : clock_(clock),
        timer_(clock.io_, boost::asio::steady_timer::time_point::max()),
        place_(clock.sleepers_.emplace(when, this)) {}
  Sleeper(const Sleeper&) = delete;
  ~Sleeper() {
    if (!due_) clock_.sleepers_.erase(place_);
  }

  auto Wait() { return timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable)); }
  // The clock ends before its sleepers do.
  void Forget() { due_ = true; }
  bool due() const { return due_; }
  void Wake() {
    clock_.sleepers_.erase(place_);
    due_ = true;
    timer_.cancel();
  }

 private:
  ManualClock& clock_;
  boost::asio::steady_timer timer_;
  std::multimap<TimePoint, Sleeper*>::iterator place_;
  bool due_ = false;
};

ManualClock::~ManualClock() {
  for (const auto& [when, sleeper] : sleepers_) sleeper->Forget();
}

boost::asio::awaitable<Status> ManualClock::SleepUntil(TimePoint when) {
  if (co_await Cancelled())
    co_return std::unexpected(Error(ErrorCode::kCancelled, "sleep until a moment: cancelled"));
  if (when <= now_) co_return Status();
  Sleeper sleeper(*this, when);
  co_await sleeper.Wait();
  if (sleeper.due()) co_return Status();
  co_return std::unexpected(Error(ErrorCode::kCancelled, "sleep until a moment: cancelled"));
}

void ManualClock::Advance(std::chrono::nanoseconds step) {
  const TimePoint end = now_ + step;
  RunReady();
  while (!sleepers_.empty() && sleepers_.begin()->first <= end) {
    now_ = sleepers_.begin()->first;
    sleepers_.begin()->second->Wake();
    RunReady();
  }
  now_ = end;
}

void ManualClock::RunReady() {
  io_.restart();
  io_.poll();
}

}  // namespace vk::base
