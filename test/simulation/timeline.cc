#include "test/simulation/timeline.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/task_group.h"

namespace vk::simulation {

using base::Error;
using base::ErrorCode;

class SimulatedClock::Sleeper {
 public:
  Sleeper(SimulatedClock& clock, base::TimePoint when)
      : clock_(clock),
        timer_(clock.io_, boost::asio::steady_timer::time_point::max()),
        place_(clock.sleepers_.emplace(when, this)) {}
  Sleeper(const Sleeper&) = delete;
  ~Sleeper() {
    if (!left_) clock_.sleepers_.erase(place_);
  }

  auto Wait() { return timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable)); }
  void Leave() { left_ = true; }
  bool due() const { return due_; }
  void Wake() {
    left_ = true;
    due_ = true;
    timer_.cancel();
  }

 private:
  SimulatedClock& clock_;
  boost::asio::steady_timer timer_;
  std::multimap<base::TimePoint, Sleeper*>::iterator place_;
  bool left_ = false;
  bool due_ = false;
};

boost::asio::awaitable<base::Status> SimulatedClock::SleepUntil(base::TimePoint when) {
  if (co_await base::Cancelled())
    co_return std::unexpected(Error(ErrorCode::kCancelled, "sleep until a moment: cancelled"));
  if (when <= Now()) co_return base::Status();
  Sleeper sleeper(*this, when);
  co_await sleeper.Wait();
  if (sleeper.due()) co_return base::Status();
  co_return std::unexpected(Error(ErrorCode::kCancelled, "sleep until a moment: cancelled"));
}

void SimulatedClock::WakeDue() {
  while (!sleepers_.empty() && sleepers_.begin()->first <= timeline_.now()) {
    Sleeper* const sleeper = sleepers_.begin()->second;
    sleepers_.erase(sleepers_.begin());
    sleeper->Wake();
  }
}

void SimulatedClock::Detach() {
  for (const auto& [when, sleeper] : sleepers_) sleeper->Leave();
  sleepers_.clear();
}

}  // namespace vk::simulation
