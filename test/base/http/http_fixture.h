#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/asio_clock.h"
#include "base/http/client.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/task_group.h"

namespace vk::base {

// One end of a TCP connection that says exactly what a test tells it to.
class RawConnection {
 public:
  explicit RawConnection(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  // Everything up to the empty line after a header, or up to the end.
  boost::asio::awaitable<std::string> ReadHeader();
  // Everything up to the end or a reset.
  boost::asio::awaitable<std::string> ReadAll();
  // False when the other side has gone before it took everything.
  boost::asio::awaitable<bool> Send(std::string bytes);
  void HalfClose();
  void Close();
  // Closes so that the other side sees a reset.
  void Reset();

 private:
  boost::asio::ip::tcp::socket socket_;
};

// A listener without any HTTP.
class RawServer {
 public:
  explicit RawServer(boost::asio::io_context& io);

  std::string url() const;
  int accepted() const { return accepted_; }
  boost::asio::awaitable<RawConnection> Accept();

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
  int accepted_ = 0;
};

class SilentLog final : public Log {
 public:
  void Write(LogLevel, std::string_view, std::initializer_list<Field>) override {}
};

// Real sockets on 127.0.0.1, on the test's own thread.
class HttpTest : public testing::Test {
 protected:
  void TearDown() override;

  // Far enough never to be reached by a test that passes.
  TimePoint Soon() const { return clock_.Now() + std::chrono::seconds(20); }
  TimePoint In(std::chrono::milliseconds wait) const { return clock_.Now() + wait; }

  // Runs the loop until `task` has ended.
  template <class T>
  T Await(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    tasks_.Spawn("test", Keep(std::move(task), &result));
    while (!result) RunOne();
    return std::move(*result);
  }
  void Await(boost::asio::awaitable<void> task);
  void RunOne();

  // Starts a server that the test's end stops.
  HttpServer& Serve(HttpHandler handler, HttpServerOptions options = {}) {
    return Serve(std::move(handler), std::move(options), clock_);
  }
  HttpServer& Serve(HttpHandler handler, HttpServerOptions options, Clock& clock);
  HttpTransport& Client(HttpClientOptions options);
  HttpTransport& Client(const std::string& url) { return Client(HttpClientOptions{.url = url}); }
  std::string Url() const { return "http://" + server_->address(); }

  boost::asio::awaitable<RawConnection> DialRaw(std::uint16_t port);

  boost::asio::io_context io_{1};
  AsioClock clock_{io_};
  SilentLog log_;
  RawServer raw_{io_};
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpTransport> client_;
  TaskGroup tasks_{io_.get_executor()};

 private:
  template <class T>
  static boost::asio::awaitable<void> Keep(boost::asio::awaitable<T> task,
                                           std::optional<T>* result) {
    result->emplace(co_await std::move(task));
  }
};

}  // namespace vk::base
