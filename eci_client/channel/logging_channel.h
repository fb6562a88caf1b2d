#pragma once

#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

// One line per call: what was called, about what, for how long, the request id, and what went
// wrong. At debug, since whoever called decides what a failure is worth and tells it.
//
// Only a fixed list of the request's parameters is logged (ids, names, tokens of idempotency):
// nothing that can hold a secret.
class LoggingChannel final : public RpcChannel {
 public:
  // REQUIRES: clock and log outlive the channel.
  LoggingChannel(std::unique_ptr<RpcChannel> next, base::Clock& clock, base::Log& log)
      : next_(std::move(next)), clock_(clock), log_(log) {}

  boost::asio::awaitable<base::Result<RpcDone>> Call(Rpc rpc) override;

 private:
  const std::unique_ptr<RpcChannel> next_;
  base::Clock& clock_;
  base::Log& log_;
};

}  // namespace vk::eci
