#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <list>

#include "base/event.h"
#include "base/result.h"

namespace vk::base {

// A number of permits, given out strictly in the order they were asked for. Used on one thread;
// outlives every pending Acquire.
class Semaphore {
 public:
  // REQUIRES: permits >= 1.
  Semaphore(int permits, boost::asio::any_io_executor executor)
      : executor_(std::move(executor)), free_(permits) {}

  // Returns when the caller has a permit, which it gives back by Release.
  // Errors: kCancelled; no permit is taken and those behind move up.
  boost::asio::awaitable<Status> Acquire();

  // Gives one permit back: to the longest waiter, which goes on in a later turn of the executor.
  void Release();

 private:
  struct Waiter;

  const boost::asio::any_io_executor executor_;
  int free_;
  std::list<Waiter*> waiting_;  // They live in their frames.
};

}  // namespace vk::base
