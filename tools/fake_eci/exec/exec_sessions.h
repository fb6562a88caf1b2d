#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/http/server.h"
#include "base/log.h"
#include "tools/fake_eci/containerd/container_process.h"
#include "tools/fake_eci/exec/exec_tokens.h"

namespace vk::fake {

// The streams of ExecContainerCommand without Sync, at the WebSocketUri that the call answers: a
// WebSocket of base/exec_channel. Used on one thread.
class ExecSessions {
 public:
  using Start = std::function<base::Result<std::unique_ptr<ContainerProcess>>(HostCommand)>;

  // REQUIRES: clock and log outlive it.
  ExecSessions(Start start, base::Clock& clock, base::Log& log,
               boost::asio::any_io_executor executor)
      : start_(std::move(start)), clock_(clock), log_(log), executor_(std::move(executor)) {}

  // Lets a client that comes with command.token run it, once and soon.
  void Offer(HostCommand command) { tokens_.Offer(std::move(command), clock_.Now()); }

  // Serves /exec/?s=TOKEN from the handshake to the end. 403 for a token that is not good.
  boost::asio::awaitable<void> Serve(const base::HttpRequest& request, std::string_view query,
                                     base::HttpResponder& responder);

 private:
  const Start start_;
  base::Clock& clock_;
  base::Log& log_;
  const boost::asio::any_io_executor executor_;
  ExecTokens tokens_;
};

}  // namespace vk::fake
