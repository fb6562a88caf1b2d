#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

// One call over a channel, for clients that know the types of its messages. Errors and `sent` are
// the channel's.
template <class Response, class Request>
boost::asio::awaitable<base::Result<Response>> TypedCall(RpcChannel& channel,
                                                         std::string_view action, Request request,
                                                         base::TimePoint deadline,
                                                         base::TimePoint* sent = nullptr) {
  Response response;
  VK_CO_CHECK_OK(co_await channel.Call({.action = action,
                                        .request = &request,
                                        .reply = &response,
                                        .deadline = deadline,
                                        .sent = sent}));
  co_return std::move(response);
}

}  // namespace vk::eci
