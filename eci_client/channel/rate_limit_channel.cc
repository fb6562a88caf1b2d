#include "eci_client/channel/rate_limit_channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/deadline.h"

namespace vk::eci {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDefaultPause(1'000);
constexpr std::chrono::seconds kHalvingGap(10);
constexpr double kLeastPart = 1.0 / 16;
constexpr double kRecoveryPerSecond = 0.1 / 60;
constexpr int kMostBurst = 100;

}  // namespace

RateLimitChannel::Bucket::Bucket(double rate, int burst, bool is_shared, base::Clock& clock,
                                 const boost::asio::any_io_executor& executor)
    : full_rate(rate),
      shared(is_shared),
      recovered(clock.Now()),
      may_halve(clock.Now()),
      limiter({.per_second = rate, .burst = burst}, clock, executor) {}

void RateLimitChannel::Bucket::Recover(base::TimePoint now) {
  const double seconds = std::chrono::duration<double>(now - recovered).count();
  recovered = now;
  if (part >= 1) return;
  part = std::min(1.0, part + seconds * kRecoveryPerSecond);
  limiter.SetRate(full_rate * part);
}

void RateLimitChannel::Bucket::OnThrottled(milliseconds pause, base::TimePoint now) {
  limiter.Pause(pause);
  if (!shared || now < may_halve) return;
  may_halve = now + kHalvingGap;
  recovered = now;
  part = std::max(kLeastPart, part / 2);
  limiter.SetRate(full_rate * part);
}

RateLimitChannel::RateLimitChannel(RateLimitOptions options, std::unique_ptr<RpcChannel> next,
                                   base::Clock& clock, boost::asio::any_io_executor executor)
    : options_(std::move(options)),
      next_(std::move(next)),
      clock_(clock),
      executor_(std::move(executor)) {}

boost::asio::awaitable<base::Result<RpcDone>> RateLimitChannel::Call(Rpc rpc) {
  if (options_.lifted) co_return co_await next_->Call(rpc);
  Bucket& bucket = BucketOf(rpc.action);
  VK_CO_CHECK_OK(co_await base::WithDeadline(clock_, rpc.deadline,
                                             fmt::format("wait for a turn to call {}", rpc.action),
                                             bucket.limiter.Acquire()));
  bucket.Recover(clock_.Now());
  base::Result<RpcDone> done = co_await next_->Call(rpc);
  if (!done && done.error().code == base::ErrorCode::kThrottled) {
    bucket.OnThrottled(done.error().retry_after.value_or(kDefaultPause), clock_.Now());
  }
  co_return done;
}

RateLimitChannel::Bucket& RateLimitChannel::BucketOf(std::string_view action) {
  const auto found = buckets_.find(action);
  if (found != buckets_.end()) return found->second;
  const FlowLimit limit = FlowLimitOf(action);
  const auto own = options_.per_minute.find(action);
  const bool shared = own == options_.per_minute.end() && limit.use == FlowLimit::Use::kShared;
  const double per_minute = own != options_.per_minute.end() ? own->second
                            : shared ? limit.per_minute * options_.read_share
                                     : limit.per_minute;
  const int burst = std::clamp(static_cast<int>(per_minute / 10), 1, kMostBurst);
  return buckets_
      .try_emplace(std::string(action), per_minute / 60, burst, shared, clock_, executor_)
      .first->second;
}

}  // namespace vk::eci
