#include "base/rate_limiter.h"

#include <algorithm>

namespace vk::base {
namespace {

std::chrono::nanoseconds Interval(double per_second) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(1.0 / per_second));
}

}  // namespace

RateLimiter::RateLimiter(Options options, Clock& clock, boost::asio::any_io_executor executor)
    : burst_(options.burst),
      interval_(Interval(options.per_second)),
      burst_window_(interval_ * (burst_ - 1)),
      clock_(clock),
      next_free_(clock.Now() - burst_window_),
      turn_(1, std::move(executor)) {}

boost::asio::awaitable<Status> RateLimiter::Acquire() {
  VK_CO_CHECK_OK(co_await turn_.Acquire());
  Status waited;
  // A pause may move next_free_ while we sleep.
  while (waited && clock_.Now() < next_free_) waited = co_await clock_.SleepUntil(next_free_);
  // Tokens unused beyond the burst are lost: an idle hour must not allow an hour's worth of calls
  // at once.
  if (waited) next_free_ = std::max(next_free_, clock_.Now() - burst_window_) + interval_;

  turn_.Release();
  co_return waited;
}

void RateLimiter::Pause(std::chrono::milliseconds pause) {
  next_free_ = std::max(next_free_, clock_.Now() + pause);
}

void RateLimiter::SetRate(double per_second) {
  interval_ = Interval(per_second);
  burst_window_ = interval_ * (burst_ - 1);
}

}  // namespace vk::base
