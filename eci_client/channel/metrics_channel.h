#pragma once

#include <memory>

#include "base/clock.h"
#include "base/metrics.h"
#include "eci_client/channel/retry_channel.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

// Counts whole calls, retries and waits included: eci_requests_total{action,code} and
// eci_request_duration_seconds{action}. `code` is "OK", a code of the error table or the kind of
// failure, never text of the cloud's own making.
class MetricsChannel final : public RpcChannel {
 public:
  // REQUIRES: clock and metrics outlive the channel.
  MetricsChannel(std::unique_ptr<RpcChannel> next, base::Clock& clock, base::Metrics& metrics)
      : next_(std::move(next)), clock_(clock), metrics_(metrics) {}

  boost::asio::awaitable<base::Result<RpcDone>> Call(Rpc rpc) override;

 private:
  const std::unique_ptr<RpcChannel> next_;
  base::Clock& clock_;
  base::Metrics& metrics_;
};

// Counts one failed try: eci_throttled_total{action} when the cloud refused it for its rate, and
// eci_retries_total{action} when it is made again.
void CountFailedTry(base::Metrics& metrics, const Rpc& rpc, const base::Error& error,
                    RetryVerdict verdict);

}  // namespace vk::eci
