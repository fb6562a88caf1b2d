#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "eci_client/rpc_channel.h"
#include "eci_client/timed.h"
#include "eci_client/write_limits.h"

namespace vk::eci {

// One call over a channel, for clients that know the types of its messages. Errors are the
// channel's.
template <class Response, class Request>
boost::asio::awaitable<base::Result<Timed<Response>>> TimedCall(RpcChannel& channel,
                                                                std::string_view action,
                                                                Request request,
                                                                WriteLimits limits) {
  Timed<Response> timed;
  VK_CO_TRY(done, co_await channel.Call({.action = action,
                                         .request = &request,
                                         .reply = &timed.reply,
                                         .deadline = limits.deadline,
                                         .permit = limits.permit}));
  timed.sent = done.sent;
  co_return std::move(timed);
}

// The same without the time.
template <class Response, class Request>
boost::asio::awaitable<base::Result<Response>> TypedCall(RpcChannel& channel,
                                                         std::string_view action, Request request,
                                                         WriteLimits limits) {
  VK_CO_TRY(timed, co_await TimedCall<Response>(channel, action, std::move(request), limits));
  co_return std::move(timed.reply);
}
template <class Response, class Request>
boost::asio::awaitable<base::Result<Response>> TypedCall(RpcChannel& channel,
                                                         std::string_view action, Request request,
                                                         base::TimePoint deadline) {
  return TypedCall<Response>(channel, action, std::move(request),
                             WriteLimits{.deadline = deadline});
}

}  // namespace vk::eci
