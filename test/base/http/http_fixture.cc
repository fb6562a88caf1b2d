#include "test/base/http/http_fixture.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>

namespace vk::base {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);

asio::awaitable<bool> True(asio::awaitable<void> task) {
  co_await std::move(task);
  co_return true;
}

}  // namespace

asio::awaitable<std::string> RawConnection::ReadHeader() {
  std::string bytes;
  (void)co_await asio::async_read_until(socket_, asio::dynamic_buffer(bytes), "\r\n\r\n", kAsValue);
  co_return bytes;
}

asio::awaitable<std::string> RawConnection::ReadAll() {
  std::string bytes;
  (void)co_await asio::async_read(socket_, asio::dynamic_buffer(bytes), kAsValue);
  co_return bytes;
}

asio::awaitable<bool> RawConnection::Send(std::string bytes) {
  const auto [error, count] = co_await asio::async_write(socket_, asio::buffer(bytes), kAsValue);
  co_return !error;
}

void RawConnection::HalfClose() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void RawConnection::Close() { socket_.close(); }

void RawConnection::Reset() {
  socket_.set_option(tcp::socket::linger(true, 0));
  socket_.close();
}

RawServer::RawServer(asio::io_context& io)
    : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

std::string RawServer::url() const {
  return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

asio::awaitable<RawConnection> RawServer::Accept() {
  auto [error, socket] = co_await acceptor_.async_accept(kAsValue);
  if (!error) ++accepted_;
  co_return RawConnection(std::move(socket));
}

void HttpTest::TearDown() {
  if (server_) Await(server_->Stop());
  tasks_.Cancel();
  while (tasks_.size() > 0) RunOne();
}

void HttpTest::RunOne() {
  io_.restart();
  if (io_.run_one() == 0) throw std::logic_error("the test waits for something that cannot come");
}

void HttpTest::Await(asio::awaitable<void> task) { (void)Await(True(std::move(task))); }

HttpServer& HttpTest::Serve(HttpHandler handler, HttpServerOptions options, Clock& clock) {
  if (options.listen.empty()) options.listen = "127.0.0.1:0";
  server_ = StartHttpServer(std::move(options), std::move(handler), io_.get_executor(), clock, log_)
                .value();
  return *server_;
}

HttpTransport& HttpTest::Client(HttpClientOptions options) {
  client_ = MakeHttpClient(std::move(options), io_.get_executor(), clock_).value();
  return *client_;
}

asio::awaitable<RawConnection> HttpTest::DialRaw(std::uint16_t port) {
  tcp::socket socket(io_);
  (void)co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, kAsValue);
  co_return RawConnection(std::move(socket));
}

}  // namespace vk::base
