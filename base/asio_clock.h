#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/sleep_queue.h"

namespace vk::base {

// The machine's own time on one io_context, with one timer. Used on that context's thread; outlives
// every sleeper, or is destroyed after the context was shut down.
class AsioClock final : public Clock {
 public:
  explicit AsioClock(boost::asio::io_context& io);

  TimePoint Now() const override;
  WallTime WallNow() const override;
  boost::asio::awaitable<Status> SleepUntil(TimePoint when) override;

 private:
  void ArmAt(TimePoint when);

  boost::asio::steady_timer alarm_;
  SleepQueue sleepers_;
};

}  // namespace vk::base
