#include "tools/ecictl/forward_command.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/asio_clock.h"
#include "base/deadline.h"
#include "base/event.h"
#include "base/exec_channel/exec_client.h"
#include "base/http/websocket.h"
#include "base/random.h"
#include "base/task_group.h"

namespace vk::ecictl {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using base::Error;
using base::ErrorCode;
using boost::system::error_code;
using exec::Channel;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 32u << 10;
constexpr std::chrono::seconds kDialLimit{10};

// One connection between a local client and the port.
class Connection {
 public:
  Connection(tcp::socket client, const base::DialledWebSocket& server, base::Clock& clock,
             asio::any_io_executor executor)
      : client_(std::move(client)),
        server_(
            *server.socket, server.protocol,
            [this](Channel channel, std::string bytes) {
              return PassOn(channel, std::move(bytes));
            },
            clock, executor),
        over_(executor),
        tasks_(std::move(executor)) {}

  // Returns when the port's side has ended, or the client's has broken.
  awaitable<base::Status> Run() {
    tasks_.Spawn("to the port", Send());
    tasks_.Spawn("from the port", Receive());
    while (!is_over_ && co_await over_.Wait()) {
    }
    tasks_.Cancel();
    co_await tasks_.Join();
    co_return status_;
  }

 private:
  void End(base::Status status) {
    if (!std::exchange(is_over_, true)) status_ = std::move(status);
    over_.Set();
  }

  awaitable<void> Send() {
    std::string bytes(kReadSize, '\0');
    while (true) {
      const auto [error, count] = co_await client_.async_read_some(asio::buffer(bytes), kAsValue);
      if (error == asio::error::operation_aborted) co_return;
      if (error && error != asio::error::eof) End({});
      if (error) break;
      if (!co_await server_.SendInput(bytes.substr(0, count))) co_return;
    }
    (void)co_await server_.EndInput();
  }

  awaitable<void> Receive() {
    const auto end = co_await server_.Run();
    if (!end) {
      End(std::unexpected(end.error()));
    } else if (!end->error.empty()) {
      End(std::unexpected(Error(ErrorCode::kUnavailable, end->error)));
    } else {
      End({});
    }
  }

  awaitable<base::Status> PassOn(Channel channel, std::string bytes) {
    if (channel != Channel::kOutput) co_return base::Status();
    const auto [gone, count] = co_await asio::async_write(client_, asio::buffer(bytes), kAsValue);
    if (gone) End({});
    co_return base::Status();
  }

  tcp::socket client_;
  exec::ExecClient server_;
  base::Event over_;
  base::TaskGroup tasks_;
  base::Status status_;
  bool is_over_ = false;
};

class Forwarder {
 public:
  Forwarder(asio::io_context& io, std::function<base::Result<std::string>()> open)
      : executor_(io.get_executor()),
        open_(std::move(open)),
        clock_(io),
        random_(base::SystemSeed()),
        acceptor_(io),
        connections_(io.get_executor()) {}

  base::Status Listen(const ForwardCommandLine& line) {
    const tcp::endpoint at(asio::ip::address_v4::loopback(), line.local);
    error_code failed;
    acceptor_.open(at.protocol(), failed);
    if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor_.bind(at, failed);
    if (!failed) acceptor_.listen(tcp::acceptor::max_listen_connections, failed);
    if (failed) {
      return std::unexpected(Error(ErrorCode::kUnavailable,
                                   fmt::format("listen on 127.0.0.1:{}: {}; choose another port, 0 "
                                               "picks one",
                                               line.local, failed.message())));
    }
    fmt::print("forwarding 127.0.0.1:{} to port {}\n", acceptor_.local_endpoint().port(),
               line.remote);
    std::fflush(stdout);
    return {};
  }

  awaitable<void> Run() {
    connections_.Spawn("clients", Accept());
    asio::signal_set signals(executor_, SIGINT, SIGTERM);
    (void)co_await signals.async_wait(kAsValue);
    connections_.Cancel();
    co_await connections_.Join();
  }

 private:
  awaitable<void> Accept() {
    while (true) {
      auto [error, client] = co_await acceptor_.async_accept(kAsValue);
      if (error) co_return;
      connections_.Spawn("client", Carry(std::move(client)));
    }
  }

  awaitable<void> Carry(tcp::socket client) {
    const base::Status carried = co_await TryCarry(std::move(client));
    if (!carried && carried.error().code != ErrorCode::kCancelled)
      fmt::print(stderr, "ecictl: {}\n", carried.error().message);
  }

  awaitable<base::Status> TryCarry(tcp::socket client) {
    VK_CO_TRY(url, open_());
    VK_CO_TRY(server, co_await base::WithDeadline<base::DialledWebSocket>(
                          clock_, clock_.Now() + kDialLimit, "open WebSocket",
                          base::DialWebSocket(url, {std::string(exec::kProtocolV5)}, nullptr,
                                              random_.Split("masks"), executor_)));
    Connection connection(std::move(client), server, clock_, executor_);
    co_return co_await connection.Run();
  }

  const asio::any_io_executor executor_;
  const std::function<base::Result<std::string>()> open_;
  base::AsioClock clock_;
  base::Random random_;
  tcp::acceptor acceptor_;
  base::TaskGroup connections_;
};

bool ReadPort(std::string_view text, std::uint16_t* port) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), *port);
  return failed == std::errc() && end == text.data() + text.size();
}

}  // namespace

base::Result<ForwardCommandLine> ParseForward(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string_view local = std::string_view(text).substr(0, colon);
  const std::string_view remote =
      colon == std::string::npos ? local : std::string_view(text).substr(colon + 1);
  ForwardCommandLine line;
  if (ReadPort(local, &line.local) && ReadPort(remote, &line.remote) && line.remote > 0)
    return line;
  return std::unexpected(
      Error(ErrorCode::kInvalidArgument,
            fmt::format("\"{}\" are no ports; write LOCAL:REMOTE, such as 8080:80", text)));
}

base::Status ForwardPort(const ForwardCommandLine& line,
                         std::function<base::Result<std::string>()> open) {
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context io(1);
  Forwarder forwarder(io, std::move(open));
  VK_CHECK_OK(forwarder.Listen(line));
  base::TaskGroup tasks(io.get_executor());
  tasks.Spawn("forward", forwarder.Run());
  io.run();
  return {};
}

}  // namespace vk::ecictl
