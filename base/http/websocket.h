#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/byte_stream.h"
#include "base/http/message.h"
#include "base/http/server.h"
#include "base/http/tls.h"
#include "base/http/websocket_frames.h"
#include "base/random.h"
#include "base/result.h"
#include "base/semaphore.h"

namespace vk::base {

// A WebSocket (RFC 6455) without extensions, on a connection whose handshake is over. It sends
// binary messages and takes both kinds. One coroutine reads; any number send beside it, a message
// each at a time. Pings are answered while somebody reads. No call has a time limit of its own: see
// WithDeadline; after a cancelled Send or Ping nothing more may be sent.
class WebSocket {
 public:
  static constexpr std::size_t kMessageLimit = 1u << 20;

  // `unread`: what came behind the handshake. REQUIRES: `stream` outlives it.
  WebSocket(ByteStream& stream, WebSocketSide side, std::string unread, Random masks,
            boost::asio::any_io_executor executor)
      : stream_(stream),
        side_(side),
        reader_(side, kMessageLimit),
        input_(std::move(unread)),
        masks_(masks),
        sending_(1, std::move(executor)) {}

  // The next message; nothing after the other side's orderly end, which is answered.
  // Errors: kUnavailable (it vanished, also in the middle), kInvalidArgument (it broke the
  // protocol, and was told so), kCancelled (nothing is lost).
  boost::asio::awaitable<Result<std::optional<std::string>>> Read();

  // Errors: kUnavailable, kCancelled.
  boost::asio::awaitable<Status> Send(std::string message);

  // Whether the other side is still there shows in this call, or in the next one.
  boost::asio::awaitable<Status> Ping();

  // Says that the WebSocket ends; the first of both sides' closings counts.
  boost::asio::awaitable<Status> Close(WebSocketClose code, std::string reason);

 private:
  boost::asio::awaitable<Status> SendFrame(WebSocketMessage message);

  ByteStream& stream_;
  const WebSocketSide side_;
  WebSocketFrameReader reader_;
  std::string input_;
  Random masks_;
  Semaphore sending_;
  bool closed_ = false;  // Our closing frame is out.
};

// Names of subprotocols, the best first.
using WebSocketProtocols = std::vector<std::string>;

// A server's WebSocket; the connection is the responder's.
struct AcceptedWebSocket {
  std::string protocol;  // That both sides agreed on; empty: the client offered none.
  std::unique_ptr<WebSocket> socket;
};

// The server's handshake: takes the connection over if the request asks for a WebSocket and offers
// no subprotocol, or one of `spoken`; what it does otherwise is answered 400 or 426.
// Errors: kInvalidArgument (answered), kUnavailable, kCancelled.
// REQUIRES: the WebSocket does not outlive the handler that `responder` belongs to.
boost::asio::awaitable<Result<AcceptedWebSocket>> AcceptWebSocket(
    const HttpRequest& request, HttpResponder& responder, WebSocketProtocols spoken,
    boost::asio::any_io_executor executor);

// A client's WebSocket with its connection.
struct DialledWebSocket {
  std::string protocol;  // As above; empty also where the server passed over what was offered.
  std::unique_ptr<ByteStream> stream;
  std::unique_ptr<WebSocket> socket;
};

// Connects to ws://host[:port]/path?query or wss://... and shakes hands. `offered`: subprotocols,
// or none. `tls`: for wss; null takes the system's authorities. Errors: as Dial; kInvalidArgument
// (not such a URL), kUnavailable (it is not a WebSocket, or one of a subprotocol that was not
// offered; message has the status and the server's words).
boost::asio::awaitable<Result<DialledWebSocket>> DialWebSocket(
    std::string url, WebSocketProtocols offered, std::shared_ptr<TlsClientContext> tls,
    Random random, boost::asio::any_io_executor executor);

}  // namespace vk::base
