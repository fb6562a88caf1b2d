#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "base/http/byte_stream.h"
#include "base/http/server.h"
#include "base/http/tls.h"
#include "base/http/url.h"
#include "base/result.h"

namespace vk::base {

// Looks `at.host` up, connects to the first of its addresses that answers and, with `tls`, shakes
// hands and verifies the server. A cancelled call returns at once, also during the look-up.
// Errors: kUnavailable, kUnauthenticated (the server's certificate is not trusted, or names another
// host), kCancelled.
boost::asio::awaitable<Result<std::unique_ptr<ByteStream>>> Dial(
    HostPort at, std::shared_ptr<TlsClientContext> tls);

struct Incoming {
  std::unique_ptr<ByteStream> stream;
  HttpPeer peer;
};

// The other side's end of it: shakes hands with `tls` and says who is there.
// Errors: kUnavailable (gone, not TLS, or a client certificate that does not verify), kCancelled.
boost::asio::awaitable<Result<Incoming>> Welcome(boost::asio::ip::tcp::socket socket,
                                                 std::shared_ptr<TlsServerContext> tls);

}  // namespace vk::base
