#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/event.h"
#include "tools/fake_eci/engine/cloud.h"

namespace vk::fake {

// Lets a cloud live on a real clock. Used on one thread.
class CloudDriver {
 public:
  // REQUIRES: all outlive the driver.
  CloudDriver(Cloud& cloud, base::Clock& clock, boost::asio::any_io_executor executor)
      : cloud_(cloud), clock_(clock), changed_(std::move(executor)) {}

  // To be called after each call: the next change may be nearer now.
  void Wake() { changed_.Set(); }

  // Applies every change when it is due, until cancelled.
  boost::asio::awaitable<void> Run();

 private:
  Cloud& cloud_;
  base::Clock& clock_;
  base::Event changed_;
};

}  // namespace vk::fake
