#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/exec_channel/exec_channel.h"
#include "base/http/websocket.h"
#include "base/result.h"

namespace vk::exec {

// The client's side of an exec session, in each of its forms (exec_channel.h). It pings the server,
// since ECI was seen to end connections that are silent for a minute. Used on one thread.
class ExecClient {
 public:
  static constexpr std::chrono::seconds kPingPeriod{30};

  // What the command printed, on kOutput or kErrors; an error ends the session.
  using Sink = std::function<boost::asio::awaitable<base::Status>(Channel, std::string)>;

  // `protocol`: that both sides agreed on, or empty. REQUIRES: server and clock outlive it.
  ExecClient(base::WebSocket& server, std::string protocol, Sink sink, base::Clock& clock,
             boost::asio::any_io_executor executor)
      : server_(server),
        protocol_(std::move(protocol)),
        sink_(std::move(sink)),
        clock_(clock),
        executor_(std::move(executor)) {}

  // Takes what comes until the server tells how the command ended, and closes the WebSocket. An
  // exit code is never made up. Errors: kUnavailable (the session was over before the server told,
  // the command's end is not known), kInvalidArgument (the server broke the protocol), the sink's,
  // kCancelled.
  boost::asio::awaitable<base::Result<End>> Run();

  // The rest may be called beside Run. Errors: kUnavailable, kCancelled.
  boost::asio::awaitable<base::Status> SendInput(std::string bytes);
  boost::asio::awaitable<base::Status> Resize(TerminalSize size);

  // Whether this form can say that the input has ended; EndInput says it, or does nothing.
  bool can_end_input() const { return CanEndInput(protocol_); }
  boost::asio::awaitable<base::Status> EndInput();

 private:
  boost::asio::awaitable<base::Result<End>> TakeMessages();
  boost::asio::awaitable<void> PingOften();

  base::WebSocket& server_;
  const std::string protocol_;
  const Sink sink_;
  base::Clock& clock_;
  const boost::asio::any_io_executor executor_;
};

}  // namespace vk::exec
