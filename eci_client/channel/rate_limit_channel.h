#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/rate_limiter.h"
#include "eci_client/flow_limits.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

struct RateLimitOptions {
  bool lifted = false;      // No limit at all, for a cloud without limits.
  double read_share = 0.1;  // In (0, 1]: our part of the limits that are shared.
  // Calls a minute, instead of FlowLimitOf and without a share.
  std::map<std::string, int, std::less<>> per_minute{};
};

// Keeps each action within its flow limit by a token bucket of its own: a tenth of the limit of a
// minute at once (100 CreateContainerGroup), then a sixtieth a second.
//
// When the cloud throttles a call, nobody makes that call for as long as it asked, or a second; and
// if its limit is shared with other programs, its rate is halved, at most once in ten seconds and
// down to a sixteenth, and comes back by a tenth of the full rate a minute.
//
// Callers pass in order. Who waits is bounded by the callers there are; each waits at most until
// its deadline and is then not sent: kDeadlineExceeded. Other errors: kCancelled, and the next
// channel's.
class RateLimitChannel final : public RpcChannel {
 public:
  // REQUIRES: `clock` lives on the executor's context and outlives the channel; the channel
  // outlives its calls.
  RateLimitChannel(RateLimitOptions options, std::unique_ptr<RpcChannel> next, base::Clock& clock,
                   boost::asio::any_io_executor executor);

  boost::asio::awaitable<base::Result<RpcDone>> Call(Rpc rpc) override;

 private:
  struct Bucket {
    Bucket(double full_rate, int burst, bool shared, base::Clock& clock,
           const boost::asio::any_io_executor& executor);

    void Recover(base::TimePoint now);
    void OnThrottled(std::chrono::milliseconds pause, base::TimePoint now);

    const double full_rate;  // Calls a second.
    const bool shared;
    double part = 1;            // The part of full_rate that is in use.
    base::TimePoint recovered;  // Up to when `part` has grown.
    base::TimePoint may_halve;  // One burst of refusals is one message.
    base::RateLimiter limiter;
  };

  Bucket& BucketOf(std::string_view action);

  const RateLimitOptions options_;
  const std::unique_ptr<RpcChannel> next_;
  base::Clock& clock_;
  const boost::asio::any_io_executor executor_;
  std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace vk::eci
