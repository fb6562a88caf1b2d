#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>

#include "base/clock.h"
#include "base/sleep_queue.h"

namespace vk::simulation {

// The one time of a simulated world. Moves when the driver moves it; wall time may jump against it.
class Timeline {
 public:
  base::TimePoint now() const { return now_; }
  base::WallTime wall_now() const {
    return base::WallTime(std::chrono::seconds(1'800'000'000)) + (now_ - base::TimePoint()) +
           wall_jump_;
  }
  void MoveTo(base::TimePoint when) { now_ = std::max(now_, when); }
  void JumpWall(std::chrono::seconds by) { wall_jump_ += by; }

 private:
  base::TimePoint now_ = base::TimePoint() + std::chrono::hours(1);
  std::chrono::nanoseconds wall_jump_{0};
};

// A context whose processes can be killed: its frames unwind on shutdown, before the objects they
// use are deleted.
struct KillableContext : boost::asio::io_context {
  KillableContext() : boost::asio::io_context(1) {}
  using boost::asio::execution_context::shutdown;
};

// One process's facade of the timeline. Its sleepers wake when the driver calls WakeDue.
class SimulatedClock final : public base::Clock {
 public:
  SimulatedClock(const Timeline& timeline, boost::asio::io_context& io)
      : timeline_(timeline), sleepers_(io.get_executor()) {}

  base::TimePoint Now() const override { return timeline_.now(); }
  base::WallTime WallNow() const override { return timeline_.wall_now(); }
  boost::asio::awaitable<base::Status> SleepUntil(base::TimePoint when) override {
    co_return co_await sleepers_.Sleep(Now(), when);
  }

  // When the next sleeper is due; max() when nobody sleeps.
  base::TimePoint Next() const { return sleepers_.next().value_or(base::TimePoint::max()); }
  void WakeDue() { sleepers_.WakeDue(Now()); }

  // The process dies: its frames will unwind without being noticed.
  void Detach() { sleepers_.Detach(); }

 private:
  const Timeline& timeline_;
  base::SleepQueue sleepers_;
};

}  // namespace vk::simulation
