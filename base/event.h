#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/result.h"

namespace vk::base {

// A wake-up of capacity one: any number of Set calls before the next Wait count as one. One waiter
// at a time. Used on one thread.
class Event {
 public:
  explicit Event(boost::asio::any_io_executor executor);

  // Lets the present waiter, or the next one, go on. Never runs it inline.
  void Set();

  // Returns once Set has been called since the previous Wait returned; at once if it already was.
  // Errors: kCancelled; a Set is not lost.
  boost::asio::awaitable<Status> Wait();

  // The same, but returns kDeadlineExceeded when `when` passes first.
  boost::asio::awaitable<Status> WaitUntil(Clock& clock, TimePoint when);

 private:
  bool set_ = false;
  boost::asio::steady_timer waiter_;  // Never expires; where the waiter is parked.
};

}  // namespace vk::base
