#include "tools/ecictl/exec_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <optional>
#include <utility>

#include "base/asio_clock.h"
#include "base/deadline.h"
#include "base/event.h"
#include "base/exec_channel/exec_client.h"
#include "base/http/websocket.h"
#include "base/random.h"
#include "base/task_group.h"
#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "tools/ecictl/eci_command.h"
#include "tools/ecictl/terminal.h"

namespace vk::ecictl {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using base::Error;
using base::ErrorCode;
using exec::Channel;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 32u << 10;
constexpr std::chrono::seconds kDialLimit{10};
constexpr int kBySignal = 128;

// One running command, between the WebSocket and this process's files.
class Session {
 public:
  Session(const base::DialledWebSocket& server, const ExecCommandLine& line, const Input* input,
          base::Clock& clock, asio::any_io_executor executor)
      : client_(
            *server.socket, server.protocol,
            [](Channel channel, std::string bytes) { return Print(channel, std::move(bytes)); },
            clock, executor),
        line_(line),
        input_(input),
        executor_(executor),
        ended_(executor),
        tasks_(std::move(executor)) {}

  awaitable<base::Result<int>> Run() {
    tasks_.Spawn("messages", TakeMessages());
    tasks_.Spawn("signals", TakeSignals());
    if (input_ != nullptr) tasks_.Spawn("input", PassInputOn());
    (void)co_await ended_.Wait();
    tasks_.Cancel();
    co_await tasks_.Join();
    co_return std::move(*result_);
  }

 private:
  void End(base::Result<int> result) {
    if (!result_) result_.emplace(std::move(result));
    ended_.Set();
  }

  static awaitable<base::Status> Print(Channel channel, std::string bytes) {
    co_return WriteAll(channel == Channel::kErrors ? STDERR_FILENO : STDOUT_FILENO, bytes);
  }

  awaitable<void> TakeMessages() {
    auto end = co_await client_.Run();
    if (!end) {
      End(std::unexpected(std::move(end).error()));
    } else if (!end->error.empty()) {
      End(std::unexpected(Error(ErrorCode::kInternal, end->error)));
    } else {
      End(end->exit_code);
    }
  }

  awaitable<void> TakeSignals() {
    asio::signal_set signals(executor_, SIGTERM, SIGHUP);
    if (line_.terminal) {
      signals.add(SIGWINCH);
      (void)co_await TellSize();
    }
    while (true) {
      const auto [error, signal] = co_await signals.async_wait(kAsValue);
      if (error) co_return;
      if (signal != SIGWINCH) {
        End(kBySignal + signal);
        co_return;
      }
      if (!co_await TellSize()) co_return;
    }
  }

  awaitable<base::Status> TellSize() {
    const auto size = WindowSize();
    if (!size) co_return base::Status();
    co_return co_await client_.Resize(*size);
  }

  awaitable<void> PassInputOn() {
    asio::posix::stream_descriptor from(executor_, input_->Duplicate());
    std::string bytes(kReadSize, '\0');
    while (true) {
      const auto [error, count] = co_await from.async_read_some(asio::buffer(bytes), kAsValue);
      if (error == asio::error::operation_aborted) co_return;
      if (error) break;
      if (!co_await client_.SendInput(bytes.substr(0, count))) co_return;
    }
    if (!client_.can_end_input()) {
      fmt::print(stderr,
                 "ecictl: the command cannot be told that its input has ended; where the server "
                 "speaks it, --subprotocol {} can\n",
                 exec::kProtocolV5);
    }
    (void)co_await client_.EndInput();
  }

  exec::ExecClient client_;
  const ExecCommandLine& line_;
  const Input* const input_;  // Null: not passed on.
  const asio::any_io_executor executor_;
  base::Event ended_;
  base::TaskGroup tasks_;
  std::optional<base::Result<int>> result_;
};

// The calls that lead to a session.
class Caller {
 public:
  Caller(const ExecCommandLine& line, const eci::Environment& environment,
         asio::any_io_executor executor, base::Clock& clock)
      : line_(line),
        environment_(environment),
        executor_(std::move(executor)),
        clock_(clock),
        random_(base::SystemSeed()) {}

  awaitable<base::Result<int>> Run() {
    VK_CO_TRY(url, co_await WebSocketUri());
    VK_CO_TRY(server,
              co_await base::WithDeadline<base::DialledWebSocket>(
                  clock_, clock_.Now() + kDialLimit, "open WebSocket",
                  base::DialWebSocket(url, line_.subprotocols, nullptr, random_, executor_)));
    std::optional<RawMode> raw;
    std::optional<Input> input;
    if (line_.input && line_.terminal) {
      VK_CO_TRY(entered, RawMode::Enter());
      raw.emplace(std::move(entered));
    }
    if (line_.input) {
      VK_CO_TRY(opened, Input::Open());
      input.emplace(std::move(opened));
    }
    Session session(server, line_, input ? &*input : nullptr, clock_, executor_);
    co_return co_await session.Run();
  }

 private:
  template <class Reply>
  awaitable<base::Result<Reply>> Call(std::string action, std::vector<std::string> parameters) {
    VK_CO_TRY(call, PrepareEciCall({.action = std::move(action),
                                    .parameters = std::move(parameters),
                                    .endpoint = line_.endpoint},
                                   environment_));
    VK_CO_TRY(reply, co_await CallEci(std::move(call), executor_, clock_, random_));
    co_return static_cast<const Reply&>(*reply);
  }

  awaitable<base::Result<std::string>> Container() {
    if (!line_.container.empty()) co_return line_.container;
    VK_CO_TRY(found, co_await Call<eci::v1::DescribeContainerGroupsResponse>(
                         "DescribeContainerGroups",
                         {"ContainerGroupIds=" +
                          boost::json::serialize(boost::json::array{line_.group})}));
    if (found.container_groups_size() == 0 || found.container_groups(0).containers_size() == 0) {
      co_return std::unexpected(
          Error(ErrorCode::kNotFound, fmt::format("there is no group {}", line_.group)));
    }
    co_return found.container_groups(0).containers(0).name();
  }

  awaitable<base::Result<std::string>> WebSocketUri() {
    VK_CO_TRY(container, co_await Container());
    const boost::json::array words(line_.command.begin(), line_.command.end());
    VK_CO_TRY(reply,
              co_await Call<eci::v1::ExecContainerCommandResponse>(
                  "ExecContainerCommand",
                  {"ContainerGroupId=" + line_.group, "ContainerName=" + container,
                   "Command=" + boost::json::serialize(words), "Sync=false",
                   fmt::format("TTY={}", line_.terminal), fmt::format("Stdin={}", line_.input)}));
    co_return reply.web_socket_uri();
  }

  const ExecCommandLine& line_;
  const eci::Environment& environment_;
  const asio::any_io_executor executor_;
  base::Clock& clock_;
  base::Random random_;
};

awaitable<void> Keep(Caller& caller, std::optional<base::Result<int>>* result) {
  result->emplace(co_await caller.Run());
}

}  // namespace

base::Result<int> ExecCommand(const ExecCommandLine& line, const eci::Environment& environment) {
  if (line.terminal && line.input && ::isatty(STDIN_FILENO) == 0) {
    return std::unexpected(Error(ErrorCode::kInvalidArgument,
                                 "-t with -i needs a terminal as standard input; leave -t out"));
  }
  // A reader of our output that goes away would leave the terminal raw otherwise.
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context io(1);
  base::AsioClock clock(io);
  Caller caller(line, environment, io.get_executor(), clock);
  std::optional<base::Result<int>> result;
  base::TaskGroup tasks(io.get_executor());
  tasks.Spawn("exec", Keep(caller, &result));
  io.run();
  return std::move(*result);
}

}  // namespace vk::ecictl
