#include "base/asio_clock.h"

namespace vk::base {

AsioClock::AsioClock(boost::asio::io_context& io) : alarm_(io), sleepers_(io.get_executor()) {}

TimePoint AsioClock::Now() const { return std::chrono::steady_clock::now(); }
WallTime AsioClock::WallNow() const { return std::chrono::system_clock::now(); }

boost::asio::awaitable<Status> AsioClock::SleepUntil(TimePoint when) {
  const TimePoint now = Now();
  const auto next = sleepers_.next();
  if (when > now && (!next || when < *next)) ArmAt(when);
  const Status slept = co_await sleepers_.Sleep(now, when);
  // An alarm that nobody waits for would keep the context running.
  if (!slept && !sleepers_.next()) alarm_.cancel();
  co_return slept;
}

void AsioClock::ArmAt(TimePoint when) {
  alarm_.expires_at(when);
  alarm_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    sleepers_.WakeDue(Now());
    if (const auto next = sleepers_.next()) ArmAt(*next);
  });
}

}  // namespace vk::base
