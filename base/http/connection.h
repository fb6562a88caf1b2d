#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/http/server.h"
#include "base/http/socket_stream.h"

namespace vk::base {

// Serves the requests of one connection, one after the other, until either side ends it, a limit is
// passed or the calling coroutine is cancelled. What the references name outlives the call.
boost::asio::awaitable<void> ServeConnection(Incoming incoming, const HttpServerOptions& options,
                                             const HttpHandler& handler, Clock& clock);

}  // namespace vk::base
