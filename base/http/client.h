#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/http/tls.h"
#include "base/http/transport.h"

namespace vk::base {

struct HttpClientOptions {
  std::string url{};  // http://host[:port] or https://host[:port]; a path is refused.
  // For https; null takes the system's trusted authorities.
  std::shared_ptr<TlsClientContext> tls{};
  // When set, asked for each request instead of `tls`, so that certificates and authorities can
  // change while the client runs: a connection that was made with another one is not used again.
  // Never returns null.
  std::function<std::shared_ptr<TlsClientContext>()> present_tls{};
  int max_connections = 16;                 // Pool only; streams come on top.
  std::chrono::seconds idle_limit{60};      // Idle for longer: closed at the next Send, not reused.
  std::chrono::seconds connect_limit{5};    // Name look-up, connect and TLS handshake together.
  std::size_t max_reply_bytes = 64u << 20;  // The limit of a whole body; streams have none.
  std::string user_agent = "virtual-node";
};

// A transport over sockets. Errors: kInvalidArgument when the URL is not one.
// REQUIRES: `clock` lives on the executor's context and outlives the transport; the transport
// outlives its calls and streams.
Result<std::unique_ptr<HttpTransport>> MakeHttpClient(HttpClientOptions options,
                                                      boost::asio::any_io_executor executor,
                                                      Clock& clock);

}  // namespace vk::base
