#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/http/byte_stream.h"
#include "base/http/message.h"
#include "base/http/tls.h"
#include "base/log.h"
#include "base/result.h"

namespace vk::base {

// Who is asking, as far as the connection tells.
struct HttpPeer {
  std::string address;  // "127.0.0.1:41522"
  // Subject of a verified client certificate; empty without one.
  std::string common_name;
  std::vector<std::string> organizations;
};

// Where one request's answer goes. Reply is called once, or Start once and then Write; Drop at any
// time instead of finishing. A second Reply or Start is kInternal.
class HttpResponder {
 public:
  virtual ~HttpResponder() = default;

  // Sends the whole answer. Errors: kUnavailable when the client has gone.
  virtual boost::asio::awaitable<Status> Reply(HttpResponse response) = 0;

  // Starts a chunked answer; every Write is flushed. The answer ends when the handler returns.
  virtual boost::asio::awaitable<Status> Start(int status, HttpHeaders headers) = 0;
  virtual boost::asio::awaitable<Status> Write(std::string bytes) = 0;

  // True when the client has closed the connection, or sends on before it has its answer. Cheap;
  // for answers that may have nothing to write for long.
  virtual bool ClientGone() = 0;

  // Breaks the connection instead of answering, or of ending a chunked answer: the client cannot
  // tell what became of its request.
  virtual void Drop() = 0;

  // Hands the connection over, instead of answering, for what begins as HTTP and goes on otherwise.
  // It is the handler's until it returns, and is closed then.
  // Errors: kInternal when answered already, or when there is no connection to hand over.
  struct TakenConnection {
    ByteStream* stream = nullptr;
    std::string unread;  // Came behind the request: to be read before the stream.
  };
  virtual Result<TakenConnection> TakeOver();
};

// Serves one request; what it does not answer is answered 500. Runs in the connection's coroutine
// and is cancelled when the server stops. The arguments outlive the call.
using HttpHandler = std::function<boost::asio::awaitable<void>(
    const HttpRequest& request, const HttpPeer& peer, HttpResponder& responder)>;

// What a limit did to a client.
enum class HttpServerLimit {
  kSlowClient,   // Did not send or read in time, and was dropped.
  kConnections,  // Has to wait, since all connections are taken.
};

struct HttpServerOptions {
  std::string listen{};  // "127.0.0.1:0", "[::]:10250", ":10250"; port 0 picks one.
  std::shared_ptr<TlsServerContext> tls{};  // Null: plain HTTP.
  // When set, asked at every handshake instead of `tls`, so that certificates and authorities can
  // change while the server runs; never null then.
  std::function<std::shared_ptr<TlsServerContext>()> present_tls{};
  int max_connections = 1024;  // Beyond it a connection waits unaccepted.
  std::size_t max_header_bytes = 64u << 10;
  std::size_t max_body_bytes = 1u << 20;  // Larger: 413.
  std::chrono::seconds read_limit{
      30};  // For one whole request to arrive (a slow loris is dropped), and for the handshake.
  std::chrono::seconds idle_limit{90};   // Between requests of one connection.
  std::chrono::seconds write_limit{30};  // For the client to take one Reply or Write.
  // Told of each case; for counters. May be null.
  std::function<void(HttpServerLimit)> on_limit{};
};

// An HTTP/1.1 server on one io_context's thread. Listens from construction on. REQUIRES: Stop has
// returned before it is destroyed, or the io_context was shut down; running coroutines would use
// freed memory.
class HttpServer {
 public:
  virtual ~HttpServer() = default;

  // The bound address, such as "127.0.0.1:18080".
  virtual std::string address() const = 0;
  virtual std::uint16_t port() const = 0;

  // Closes the listener, cancels the handlers and returns when they have ended.
  virtual boost::asio::awaitable<void> Stop() = 0;
};

// Errors: kInvalidArgument (not an address), kUnavailable (in use, not permitted; the message says
// how to choose another). REQUIRES: executor, clock, log and whatever `handler` refers to outlive
// the server.
Result<std::unique_ptr<HttpServer>> StartHttpServer(HttpServerOptions options, HttpHandler handler,
                                                    boost::asio::any_io_executor executor,
                                                    Clock& clock, Log& log);

}  // namespace vk::base
