#include "test/base/manual_clock.h"

namespace vk::base {

boost::asio::awaitable<Status> ManualClock::SleepUntil(TimePoint when) {
  co_return co_await sleepers_.Sleep(now_, when);
}

void ManualClock::Advance(std::chrono::nanoseconds step) {
  const TimePoint end = now_ + step;
  RunReady();
  for (auto next = sleepers_.next(); next && *next <= end; next = sleepers_.next()) {
    now_ = *next;
    sleepers_.WakeNext();
    RunReady();
  }
  now_ = end;
}

void ManualClock::RunReady() {
  io_.restart();
  io_.poll();
}

}  // namespace vk::base
