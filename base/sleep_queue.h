#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>

#include "base/clock.h"

namespace vk::base {

// Coroutines that sleep until a moment, in the order of their moments and, where those are equal,
// of their arrival: what every Clock is made of. Equal asio timers would fire in any order. Owned
// by its clock and used on the thread of its executor, on which its sleepers run.
class SleepQueue {
 public:
  explicit SleepQueue(boost::asio::any_io_executor executor);
  ~SleepQueue();

  SleepQueue(const SleepQueue&) = delete;
  SleepQueue& operator=(const SleepQueue&) = delete;

  // Sleeps until it is woken; not at all when `when` is not after `now`. Errors: kCancelled.
  boost::asio::awaitable<Status> Sleep(TimePoint now, TimePoint when);

  // The earliest moment anybody sleeps until; none when nobody sleeps.
  std::optional<TimePoint> next() const;

  // Wakes who sleeps first; it goes on when its executor runs. REQUIRES: next().
  void WakeNext();

  // Wakes everybody whose moment has come.
  void WakeDue(TimePoint now);

  // Leaves the sleepers alone for good: they wake only by cancellation.
  void Detach();

 private:
  class Sleeper;

  boost::asio::any_io_executor executor_;
  std::multimap<TimePoint, Sleeper*> sleepers_;
};

}  // namespace vk::base
