#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/random.h"
#include "eci_client/channel/retry_budget.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

struct RetryOptions {
  int max_tries = 5;  // The first included; 1 switches retries off.
  base::ExponentialBackoff backoff{.first = std::chrono::milliseconds(100),
                                   .cap = std::chrono::milliseconds(5'000)};
  RetryBudget::Options budget{};
};

// What came of one failed try: kRetry, or why there is none.
enum class RetryVerdict {
  kRetry,
  kPermanent,      // The error table says that a repetition is pointless.
  kNotRepeatable,  // The call may have had its effect, and twice would be two effects.
  kTriesSpent,
  kBudgetSpent,
  kDeadlineNear,  // The wait would pass the deadline.
};

// Told of every failed try, before the wait: for counters and logs.
using OnFailedTry = std::function<void(const Rpc&, const base::Error&, RetryVerdict)>;

// Sends a call again while that may help and do no harm: the error table says whether it may help,
// idempotency.h whether it is harmless. The same request is sent each time, so a ClientToken means
// one effect. Waits by backoff, or as long as the cloud asked for (retry_after), whichever is
// longer; a wait that would pass the deadline is not begun. Cancelled while it waits: kCancelled.
class RetryChannel final : public RpcChannel {
 public:
  // REQUIRES: clock and random outlive the channel.
  RetryChannel(RetryOptions options, std::unique_ptr<RpcChannel> next, base::Clock& clock,
               base::Random& random, OnFailedTry on_failed_try);

  // Errors: those of the last try, saying how many there were if more than one.
  boost::asio::awaitable<base::Result<RpcDone>> Call(Rpc rpc) override;

 private:
  RetryVerdict Judge(const Rpc& rpc, const base::Error& error, base::TimePoint next_try);

  const RetryOptions options_;
  const std::unique_ptr<RpcChannel> next_;
  base::Clock& clock_;
  base::Random& random_;
  const OnFailedTry on_failed_try_;
  RetryBudget budget_;
};

}  // namespace vk::eci
