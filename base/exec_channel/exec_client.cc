#include "base/exec_channel/exec_client.h"

#include <optional>
#include <utility>

#include "base/task_group.h"

namespace vk::exec {

using base::Error;
using base::ErrorCode;
using boost::asio::awaitable;

awaitable<base::Result<End>> ExecClient::Run() {
  base::TaskGroup pings(executor_);
  pings.Spawn("pings of an exec session", PingOften());
  auto end = co_await TakeMessages();
  pings.Cancel();
  co_await pings.Join();
  (void)co_await server_.Close(base::WebSocketClose::kNormal, "");
  co_return end;
}

awaitable<base::Result<End>> ExecClient::TakeMessages() {
  while (true) {
    VK_CO_TRY(message, co_await server_.Read());
    if (!message) {
      co_return std::unexpected(
          Error(ErrorCode::kUnavailable,
                "the session ended without telling how the command did; it may still run"));
    }
    VK_CO_TRY(frame, ParseFrame(std::move(*message)));
    if (!frame) continue;
    if (frame->channel == Channel::kStatus) co_return ParseEnd(frame->data);
    if (frame->channel == Channel::kOutput || frame->channel == Channel::kErrors) {
      VK_CO_CHECK_OK(co_await sink_(frame->channel, std::move(frame->data)));
    }
  }
}

// That the server is gone shows where messages are read.
awaitable<void> ExecClient::PingOften() {
  while (co_await clock_.SleepUntil(clock_.Now() + kPingPeriod)) {
    if (!co_await server_.Ping()) co_return;
  }
}

awaitable<base::Status> ExecClient::SendInput(std::string bytes) {
  return server_.Send(EncodeFrame(Channel::kInput, bytes));
}

awaitable<base::Status> ExecClient::Resize(TerminalSize size) {
  return server_.Send(EncodeFrame(Channel::kResize, EncodeTerminalSize(size)));
}

awaitable<base::Status> ExecClient::EndInput() {
  if (!can_end_input()) co_return base::Status();
  co_return co_await server_.Send(
      EncodeFrame(Channel::kClose, std::string(1, static_cast<char>(Channel::kInput))));
}

}  // namespace vk::exec
