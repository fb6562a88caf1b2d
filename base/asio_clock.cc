#include "base/asio_clock.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/task_group.h"

namespace vk::base {

// Lives in the sleeping coroutine's frame, so a destroyed frame leaves the clock by itself.
class AsioClock::Sleeper {
 public:
  Sleeper(AsioClock& clock, TimePoint when)
      : clock_(clock),
        timer_(clock.alarm_.get_executor(), boost::asio::steady_timer::time_point::max()),
        place_(clock.sleepers_.emplace(when, this)) {}
  Sleeper(const Sleeper&) = delete;
  ~Sleeper() { Leave(); }

  void Leave() {
    if (!left_) clock_.sleepers_.erase(place_);
    left_ = true;
  }

  auto Wait() { return timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable)); }
  void Forget() { left_ = true; }
  bool due() const { return due_; }
  void Wake() {
    left_ = true;
    due_ = true;
    timer_.cancel();
  }

 private:
  AsioClock& clock_;
  boost::asio::steady_timer timer_;
  std::multimap<TimePoint, Sleeper*>::iterator place_;
  bool left_ = false;
  bool due_ = false;
};

AsioClock::AsioClock(boost::asio::io_context& io) : alarm_(io) {}

AsioClock::~AsioClock() {
  for (const auto& [when, sleeper] : sleepers_) sleeper->Forget();
}

TimePoint AsioClock::Now() const { return std::chrono::steady_clock::now(); }
WallTime AsioClock::WallNow() const { return std::chrono::system_clock::now(); }

boost::asio::awaitable<Status> AsioClock::SleepUntil(TimePoint when) {
  if (co_await Cancelled())
    co_return std::unexpected(Error(ErrorCode::kCancelled, "sleep until a moment: cancelled"));
  if (when <= Now()) co_return Status();
  Sleeper sleeper(*this, when);
  if (sleepers_.begin()->first == when) Arm();
  co_await sleeper.Wait();
  if (sleeper.due()) co_return Status();
  sleeper.Leave();
  // An alarm that nobody waits for would keep the context running.
  if (sleepers_.empty()) alarm_.cancel();
  co_return std::unexpected(Error(ErrorCode::kCancelled, "sleep until a moment: cancelled"));
}

void AsioClock::Arm() {
  if (sleepers_.empty()) return;
  alarm_.expires_at(sleepers_.begin()->first);
  alarm_.async_wait([this](const boost::system::error_code& error) {
    if (!error) WakeDue();
  });
}

void AsioClock::WakeDue() {
  const TimePoint now = Now();
  while (!sleepers_.empty() && sleepers_.begin()->first <= now) {
    Sleeper* const sleeper = sleepers_.begin()->second;
    sleepers_.erase(sleepers_.begin());
    sleeper->Wake();
  }
  Arm();
}

}  // namespace vk::base
