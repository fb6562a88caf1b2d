#include "base/http/server.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/deadline.h"
#include "base/event.h"
#include "base/http/connection.h"
#include "base/http/socket_stream.h"
#include "base/http/url.h"
#include "base/task_group.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// After a failed accept, which is out of file descriptors as a rule.
constexpr std::chrono::milliseconds kAcceptPause{100};

class SocketHttpServer final : public HttpServer {
 public:
  SocketHttpServer(HttpServerOptions options, HttpHandler handler, asio::any_io_executor executor,
                   Clock& clock, Log& log)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        clock_(clock),
        log_(log),
        acceptor_(executor),
        place_free_(executor),
        tasks_(executor) {}

  Status Listen();

  std::string address() const override {
    return HostPort{bound_.address().to_string(), bound_.port()}.Text();
  }
  std::uint16_t port() const override { return bound_.port(); }

  asio::awaitable<void> Stop() override {
    error_code ignored;
    acceptor_.close(ignored);
    tasks_.Cancel();
    co_await tasks_.Join();
  }

 private:
  error_code TryListen(const tcp::endpoint& at);
  std::shared_ptr<TlsServerContext> PresentTls() const {
    return options_.present_tls ? options_.present_tls() : options_.tls;
  }
  void Tell(HttpServerLimit limit) const {
    if (options_.on_limit) options_.on_limit(limit);
  }
  asio::awaitable<void> Accept();
  asio::awaitable<void> Serve(tcp::socket socket);

  const HttpServerOptions options_;
  const HttpHandler handler_;
  Clock& clock_;
  Log& log_;
  tcp::acceptor acceptor_;
  tcp::endpoint bound_;
  Event place_free_;
  int open_ = 0;
  TaskGroup tasks_;
};

Status SocketHttpServer::Listen() {
  VK_TRY(at, ParseHostPort(options_.listen));
  const std::string& host = at.host == "localhost" ? "127.0.0.1" : at.host;
  error_code not_address;
  const auto address = asio::ip::make_address(host.empty() ? "::" : host, not_address);
  if (not_address)
    return std::unexpected(Error(ErrorCode::kInvalidArgument,
                                 "listen on " + options_.listen +
                                     ": not an IP address; use one of this machine, or :port for "
                                     "all of them"));
  error_code error = TryListen({address, at.port});
  // A kernel without IPv6.
  if (error == asio::error::address_family_not_supported && host.empty())
    error = TryListen({tcp::v4(), at.port});
  if (error)
    return std::unexpected(Error(ErrorCode::kUnavailable,
                                 "listen on " + options_.listen + ": " + error.message() +
                                     "; choose another address, or port 0 for any that is free"));
  tasks_.Spawn("accept HTTP connections", Accept());
  return Status();
}

error_code SocketHttpServer::TryListen(const tcp::endpoint& at) {
  error_code error;
  acceptor_.close(error);
  acceptor_.open(at.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && at.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor_.bind(at, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) bound_ = acceptor_.local_endpoint(error);
  return error;
}

asio::awaitable<void> SocketHttpServer::Accept() {
  while (!co_await Cancelled()) {
    if (open_ >= options_.max_connections) Tell(HttpServerLimit::kConnections);
    while (open_ >= options_.max_connections)
      if (!co_await place_free_.Wait()) co_return;
    auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    if (!acceptor_.is_open()) co_return;
    if (error == asio::error::operation_aborted || error == asio::error::connection_aborted)
      continue;
    if (error) {
      log_.Warn("cannot accept a connection", {{"error", error.message()}});
      if (!co_await clock_.SleepUntil(clock_.Now() + kAcceptPause)) co_return;
      continue;
    }
    ++open_;
    tasks_.Spawn("serve an HTTP connection", Serve(std::move(socket)));
  }
}

asio::awaitable<void> SocketHttpServer::Serve(tcp::socket socket) {
  auto incoming =
      co_await WithDeadline<Incoming>(clock_, clock_.Now() + options_.read_limit, "TLS handshake",
                                      Welcome(std::move(socket), PresentTls()));
  if (incoming) {
    co_await ServeConnection(std::move(*incoming), options_, handler_, clock_);
  } else if (incoming.error().code != ErrorCode::kCancelled) {
    if (incoming.error().code == ErrorCode::kDeadlineExceeded) Tell(HttpServerLimit::kSlowClient);
    log_.Debug("connection refused", {{"error", incoming.error().message}});
  }
  --open_;
  place_free_.Set();
}

}  // namespace

Result<HttpResponder::TakenConnection> HttpResponder::TakeOver() {
  return std::unexpected(
      Error(ErrorCode::kInternal, "take over connection: there is none behind this request"));
}

Result<std::unique_ptr<HttpServer>> StartHttpServer(HttpServerOptions options, HttpHandler handler,
                                                    asio::any_io_executor executor, Clock& clock,
                                                    Log& log) {
  auto server = std::make_unique<SocketHttpServer>(std::move(options), std::move(handler),
                                                   std::move(executor), clock, log);
  VK_CHECK_OK(server->Listen());
  return server;
}

}  // namespace vk::base
