#include "eci_client/channel/factory.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "eci_client/channel/logging_channel.h"
#include "eci_client/channel/metrics_channel.h"

namespace vk::eci {

std::unique_ptr<RpcChannel> MakeChannel(ChannelOptions options, ChannelContext context) {
  base::Clock& clock = context.clock;
  OnFailedTry on_failed_try = [&log = context.log, &metrics = context.metrics](
                                  const Rpc& rpc, const base::Error& error, RetryVerdict verdict) {
    CountFailedTry(metrics, rpc, error, verdict);
    if (verdict != RetryVerdict::kRetry) return;
    log.Debug("cloud call failed, trying again", {{"action", std::string(rpc.action)},
                                                  {"try", fmt::format("{}", rpc.attempt)},
                                                  {"request_id", error.request_id},
                                                  {"error", error.message}});
  };
  std::unique_ptr<RpcChannel> channel = std::make_unique<HttpChannel>(
      std::move(options.http), context.transport, context.credentials, clock, context.random);
  channel = std::make_unique<RateLimitChannel>(std::move(options.rate_limit), std::move(channel),
                                               clock, context.executor);
  channel = std::make_unique<RetryChannel>(options.retry, std::move(channel), clock, context.random,
                                           std::move(on_failed_try));
  channel = std::make_unique<LoggingChannel>(std::move(channel), clock, context.log);
  return std::make_unique<MetricsChannel>(std::move(channel), clock, context.metrics);
}

std::string HostOfUrl(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return std::string(url.substr(0, url.find('/')));
}

}  // namespace vk::eci
