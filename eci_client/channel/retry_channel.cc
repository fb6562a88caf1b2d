#include "eci_client/channel/retry_channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "eci_client/disposition.h"
#include "eci_client/idempotency.h"

namespace vk::eci {
namespace {

std::string_view Why(RetryVerdict verdict) {
  switch (verdict) {
    case RetryVerdict::kRetry:
      return "again";
    case RetryVerdict::kPermanent:
      return "a repetition is pointless";
    case RetryVerdict::kNotRepeatable:
      return "the call cannot be repeated safely";
    case RetryVerdict::kTriesSpent:
      return "no tries left";
    case RetryVerdict::kBudgetSpent:
      return "too many calls fail at present";
    case RetryVerdict::kDeadlineNear:
      return "no time left";
  }
  return "";
}

base::Error GaveUp(base::Error error, int tries, RetryVerdict verdict) {
  const bool plain = verdict == RetryVerdict::kPermanent && tries == 1;
  if (!plain) error.message += fmt::format(" (tries: {}; {})", tries, Why(verdict));
  return error;
}

}  // namespace

RetryChannel::RetryChannel(RetryOptions options, std::unique_ptr<RpcChannel> next,
                           base::Clock& clock, base::Random& random, OnFailedTry on_failed_try)
    : options_(options),
      next_(std::move(next)),
      clock_(clock),
      random_(random),
      on_failed_try_(std::move(on_failed_try)),
      budget_(options.budget) {}

boost::asio::awaitable<base::Result<RpcDone>> RetryChannel::Call(Rpc rpc) {
  budget_.OnCall();
  bool open = false;
  for (;; ++rpc.attempt) {
    base::Result<RpcDone> done = co_await next_->Call(rpc);
    if (done) co_return done;
    const auto wait = std::max(options_.backoff.Delay(rpc.attempt, random_),
                               done.error().retry_after.value_or(std::chrono::milliseconds(0)));
    const base::TimePoint next_try = clock_.Now() + wait;
    const RetryVerdict verdict = Judge(rpc, done.error(), next_try);
    on_failed_try_(rpc, done.error(), verdict);
    if (verdict != RetryVerdict::kRetry) {
      base::Error last = GaveUp(std::move(done).error(), rpc.attempt, verdict);
      last.earlier_try_open = open;
      co_return std::unexpected(std::move(last));
    }
    open = open || MayHaveHappened(done.error().code);
    VK_CO_CHECK_OK(co_await clock_.SleepUntil(next_try));
  }
}

RetryVerdict RetryChannel::Judge(const Rpc& rpc, const base::Error& error,
                                 base::TimePoint next_try) {
  if (DispositionOf(error) != Disposition::kRetry) return RetryVerdict::kPermanent;
  if (MayHaveHappened(error.code) && !MayRepeat(rpc.action, *rpc.request))
    return RetryVerdict::kNotRepeatable;
  if (rpc.attempt >= options_.max_tries) return RetryVerdict::kTriesSpent;
  if (next_try >= rpc.deadline) return RetryVerdict::kDeadlineNear;
  // Last, since it takes.
  return budget_.TakeRetry() ? RetryVerdict::kRetry : RetryVerdict::kBudgetSpent;
}

}  // namespace vk::eci
