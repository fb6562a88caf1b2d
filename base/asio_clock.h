#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>

#include "base/clock.h"

namespace vk::base {

// The machine's own time on one io_context. One ordered queue and one timer, so that equal
// deadlines keep their order. Used on that context's thread; outlives every sleeper, or is
// destroyed after the context was shut down.
class AsioClock final : public Clock {
 public:
  explicit AsioClock(boost::asio::io_context& io);
  ~AsioClock() override;

  TimePoint Now() const override;
  WallTime WallNow() const override;
  boost::asio::awaitable<Status> SleepUntil(TimePoint when) override;

 private:
  class Sleeper;

  void Arm();
  void WakeDue();

  boost::asio::steady_timer alarm_;
  std::multimap<TimePoint, Sleeper*> sleepers_;  // Equal keys keep their order of arrival.
};

}  // namespace vk::base
