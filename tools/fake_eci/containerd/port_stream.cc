#include "tools/fake_eci/containerd/port_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "base/event.h"
#include "base/task_group.h"

namespace vk::fake {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using base::Error;
using base::ErrorCode;
using boost::system::error_code;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 32u << 10;

// A socket belongs to the network in which it was made, and a thread that ends may be in any. -1
// with errno in `error` when it cannot be made.
int SocketIn(const std::string& network, int* error) {
  int made = -1;
  std::thread([&] {
    const int entered = ::open(network.c_str(), O_RDONLY | O_CLOEXEC);
    if (entered >= 0 && ::setns(entered, CLONE_NEWNET) == 0)
      made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *error = errno;
    if (entered >= 0) ::close(entered);
  }).join();
  return made;
}

Error IoError(std::string_view what, const error_code& error) {
  const bool cancelled = error == asio::error::operation_aborted;
  return {cancelled ? ErrorCode::kCancelled : ErrorCode::kUnavailable,
          fmt::format("{}: {}", what, error.message())};
}

class PortStream final : public ContainerProcess {
 public:
  PortStream(int socket, int port, asio::any_io_executor executor)
      : port_(port), socket_(executor, tcp::v4(), socket), connected_(executor), ended_(executor) {}

  awaitable<base::Result<std::string>> ReadOutput() override {
    if (!is_connected_) {
      const tcp::endpoint at(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port_));
      const auto [refused] = co_await socket_.async_connect(at, kAsValue);
      if (refused == asio::error::operation_aborted)
        co_return std::unexpected(IoError("connect", refused));
      if (refused)
        failure_ = std::unexpected(IoError(fmt::format("dial 127.0.0.1:{}", port_), refused));
      is_connected_ = true;
      connected_.Set();
    }
    std::string bytes(failure_ ? kReadSize : 0, '\0');
    if (failure_) {
      if (co_await base::Cancelled())
        co_return std::unexpected(IoError("read", asio::error::operation_aborted));
      const auto [error, count] = co_await socket_.async_read_some(asio::buffer(bytes), kAsValue);
      if (error == asio::error::operation_aborted && !is_over_)
        co_return std::unexpected(IoError("read", error));
      bytes.resize(error ? 0 : count);
    }
    if (bytes.empty()) End();
    co_return bytes;
  }

  awaitable<base::Result<std::string>> ReadErrors() override { co_return ""; }

  awaitable<base::Status> WriteInput(std::string bytes) override {
    while (!is_connected_) VK_CO_CHECK_OK(co_await connected_.Wait());
    const auto [error, count] = co_await asio::async_write(socket_, asio::buffer(bytes), kAsValue);
    if (error) co_return std::unexpected(IoError("write", error));
    co_return base::Status();
  }

  awaitable<void> CloseInput() override {
    while (!is_connected_ && co_await connected_.Wait()) {
    }
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  awaitable<void> Resize(std::uint16_t, std::uint16_t) override { co_return; }

  awaitable<base::Result<int>> Wait() override {
    while (!is_over_) {
      if (const base::Status waited = co_await ended_.Wait(); !waited)
        co_return std::unexpected(waited.error());
    }
    if (!failure_) co_return std::unexpected(failure_.error());
    co_return 0;
  }

  void Kill() override {
    End();
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void End() {
    is_over_ = true;
    ended_.Set();
  }

  const int port_;
  tcp::socket socket_;
  base::Status failure_;
  base::Event connected_;
  base::Event ended_;
  bool is_connected_ = false;  // Or never will be.
  bool is_over_ = false;
};

}  // namespace

base::Result<std::unique_ptr<ContainerProcess>> OpenPortStream(const std::string& pid, int port,
                                                               asio::any_io_executor executor) {
  int error = 0;
  const int socket = SocketIn("/proc/" + pid + "/ns/net", &error);
  if (socket < 0) {
    return std::unexpected(
        Error(ErrorCode::kInternal,
              fmt::format("enter the network of process {}: {}", pid, std::strerror(error))));
  }
  return std::make_unique<PortStream>(socket, port, std::move(executor));
}

}  // namespace vk::fake
