#include "eci_client/channel/metrics_channel.h"

#include <string>
#include <utility>
#include <vector>

#include "eci_client/error_table.h"

namespace vk::eci {
namespace {

const std::vector<double>& Buckets() {
  static const std::vector<double> kBuckets = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                               1,     2.5,  5,     10,   30,  60};
  return kBuckets;
}

}  // namespace

boost::asio::awaitable<base::Result<RpcDone>> MetricsChannel::Call(Rpc rpc) {
  const base::TimePoint start = clock_.Now();
  base::Result<RpcDone> done = co_await next_->Call(rpc);
  const std::string action(rpc.action);
  const std::string code(done ? "OK" : LabelOf(done.error()));
  metrics_
      .GetCounter("eci_requests_total", "Calls to the cloud that ended, by how",
                  {{"action", action}, {"code", code}})
      .Add();
  metrics_
      .GetHistogram("eci_request_duration_seconds",
                    "Time of a call to the cloud, with its retries and its wait for a turn",
                    Buckets(), {{"action", action}})
      .Observe(std::chrono::duration<double>(clock_.Now() - start).count());
  co_return done;
}

void CountFailedTry(base::Metrics& metrics, const Rpc& rpc, const base::Error& error,
                    RetryVerdict verdict) {
  const base::Metrics::Labels labels = {{"action", std::string(rpc.action)}};
  if (error.code == base::ErrorCode::kThrottled) {
    metrics.GetCounter("eci_throttled_total", "Tries the cloud refused for their rate", labels)
        .Add();
  }
  if (verdict == RetryVerdict::kRetry) {
    metrics.GetCounter("eci_retries_total", "Tries after the first of a call to the cloud", labels)
        .Add();
  }
}

}  // namespace vk::eci
