#include "tools/fake_eci/exec/exec_sessions.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "base/exec_channel/exec_channel.h"
#include "base/http/websocket.h"
#include "eci_client/query_codec.h"
#include "tools/fake_eci/exec/exec_session.h"

namespace vk::fake {
namespace {

constexpr std::chrono::seconds kFarewell{2};

std::string TokenOf(std::string_view query) {
  const auto pairs = eci::ParseQuery(query);
  if (!pairs) return "";
  const auto found = std::ranges::find(*pairs, "s", &std::pair<std::string, std::string>::first);
  return found == pairs->end() ? "" : found->second;
}

boost::asio::awaitable<base::Status> TellFailure(base::WebSocket& client, std::string why) {
  VK_CO_CHECK_OK(co_await client.Send(
      exec::EncodeFrame(exec::Channel::kStatus, exec::EncodeEnd({.error = std::move(why)}))));
  co_return co_await client.Close(base::WebSocketClose::kInternalError, "");
}

}  // namespace

boost::asio::awaitable<void> ExecSessions::Serve(const base::HttpRequest& request,
                                                 std::string_view query,
                                                 base::HttpResponder& responder) {
  auto command = tokens_.Take(TokenOf(query), clock_.Now());
  if (!command) {
    (void)co_await responder.Reply({.status = 403,
                                    .headers = {{"Content-Type", "text/plain"}},
                                    .body = command.error().message + "\n"});
    co_return;
  }
  auto client = co_await base::AcceptWebSocket(
      request, responder, {std::string(exec::kProtocolV5), std::string(exec::kProtocolV4)},
      executor_);
  if (!client) {
    log_.Debug("exec stream refused", {{"error", client.error().message}});
    co_return;
  }
  auto process = start_(std::move(*command));
  if (!process) {
    log_.Info("cannot run a command", {{"error", process.error().message}});
    (void)co_await base::WithDeadline<void>(clock_, clock_.Now() + kFarewell, "tell the end",
                                            TellFailure(*client->socket, process.error().message));
    co_return;
  }
  ExecSession session(*client->socket, client->protocol, **process, clock_, executor_);
  co_await session.Run();
}

}  // namespace vk::fake
