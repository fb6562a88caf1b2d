#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "base/clock.h"
#include "base/result.h"
#include "base/semaphore.h"

namespace vk::base {

// A token bucket: `burst` calls at once, then `per_second` on average. One instance per limited
// action, such as ECI's CreateContainerGroup with 100 at once and 1,000 a minute.
//
// Callers pass strictly in the order they asked, also when the loop runs late. Used on the clock's
// thread; no locks.
class RateLimiter {
 public:
  struct Options {
    double per_second;  // > 0
    int burst;          // >= 1
  };

  // REQUIRES: `clock` outlives this object, and this object every pending Acquire.
  RateLimiter(Options options, Clock& clock, boost::asio::any_io_executor executor);

  // Returns when the caller may make one call.
  // Errors: kCancelled; no token is spent and those behind move up.
  boost::asio::awaitable<Status> Acquire();

  // The other side refused a call for its rate: nobody passes before `pause` is over, and saved-up
  // tokens are dropped.
  void Pause(std::chrono::milliseconds pause);

  // From now on `per_second` (> 0); the burst stays. A caller that waits already keeps the moment
  // computed at the old rate.
  void SetRate(double per_second);

 private:
  const int burst_;
  std::chrono::nanoseconds interval_;
  std::chrono::nanoseconds burst_window_;
  Clock& clock_;
  TimePoint next_free_;  // When the next token is free; in the past by as much as the burst allows.
  Semaphore turn_;       // One permit: who has it is next.
};

}  // namespace vk::base
