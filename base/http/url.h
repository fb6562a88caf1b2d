#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vk::base {

// Where a server is: host without the brackets of an IPv6 literal, and port.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  // "host:port", an IPv6 literal in brackets.
  std::string Text() const;
};

// Reads "host:port", "[v6]:port" or ":port" (empty host). Errors: kInvalidArgument.
Result<HostPort> ParseHostPort(std::string_view text);

// A server's URL, http://host[:port] or https://host[:port].
struct HttpOrigin {
  bool tls = false;
  HostPort at;

  // What goes into the Host header: without the scheme's own port (80, 443).
  std::string Host() const;
  // "https://host:port", for messages.
  std::string Text() const;
};

// Errors: kInvalidArgument, saying what is wrong; a path other than "/", a query, a fragment and
// user information are refused.
Result<HttpOrigin> ParseHttpOrigin(std::string_view url);

// A WebSocket's URL, ws:// or wss://.
struct WebSocketUrl {
  HttpOrigin origin;
  std::string target;  // "/path?query", as it was written.
};

// Errors: kInvalidArgument; a fragment and user information are refused.
Result<WebSocketUrl> ParseWebSocketUrl(std::string_view url);

}  // namespace vk::base
