#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "base/clock.h"
#include "base/http/transport.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "eci_client/channel/http_channel.h"
#include "eci_client/channel/rate_limit_channel.h"
#include "eci_client/channel/retry_channel.h"
#include "eci_client/credentials/credentials.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

// One endpoint of one product (ECI, PrivateZone or STS).
struct ChannelOptions {
  HttpChannelOptions http;
  RateLimitOptions rate_limit{};
  RetryOptions retry{};
};

// What a channel needs from outside; all outlive it. The clock lives on the executor's context.
struct ChannelContext {
  base::HttpTransport& transport;
  CredentialsProvider& credentials;
  base::Clock& clock;
  base::Random& random;
  base::Log& log;
  base::Metrics& metrics;
  boost::asio::any_io_executor executor;
};

// The one place that orders the decorators: metrics > logging > retry > rate limit > signed http.
// A retry waits for its turn like any call; the log and the metrics see calls, not tries.
std::unique_ptr<RpcChannel> MakeChannel(ChannelOptions options, ChannelContext context);

// "eci.cn-hangzhou.aliyuncs.com" of "https://eci.cn-hangzhou.aliyuncs.com": what HttpChannelOptions
// calls host.
std::string HostOfUrl(std::string_view url);

}  // namespace vk::eci
