#include "tools/fake_eci/dns/name_server.h"

#include <netinet/in.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detail/socket_option.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include "base/deadline.h"
#include "base/event.h"
#include "base/http/url.h"
#include "base/task_group.h"
#include "tools/fake_eci/dns/answer.h"

namespace vk::fake {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using asio::ip::udp;
using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using boost::system::error_code;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxQuestionBytes = 4u << 10;
constexpr int kMaxClients = 64;
constexpr std::chrono::seconds kClientLimit{5};
constexpr std::chrono::milliseconds kErrorPause{100};
constexpr int kPortTries = 16;

using FreeBind = asio::detail::socket_option::boolean<IPPROTO_IP, IP_FREEBIND>;

class SocketNameServer final : public NameServer {
 public:
  SocketNameServer(NameServerOptions options, ZonesNow zones_now, asio::any_io_executor executor,
                   base::Clock& clock, base::Log& log)
      : options_(std::move(options)),
        zones_now_(std::move(zones_now)),
        clock_(clock),
        log_(log),
        datagrams_(executor),
        acceptor_(executor),
        place_free_(executor),
        tasks_(executor) {}

  Status Listen();

  std::string address() const override {
    return base::HostPort{bound_.address().to_string(), bound_.port()}.Text();
  }

  awaitable<void> Stop() override {
    error_code ignored;
    acceptor_.close(ignored);
    datagrams_.close(ignored);
    tasks_.Cancel();
    co_await tasks_.Join();
  }

 private:
  error_code TryListen(const tcp::endpoint& at);
  template <class Socket, class Endpoint>
  error_code Bind(Socket& socket, const Endpoint& at) const;
  awaitable<void> ServeDatagrams();
  awaitable<void> Accept();
  awaitable<void> Serve(tcp::socket socket);

  const NameServerOptions options_;
  const ZonesNow zones_now_;
  base::Clock& clock_;
  base::Log& log_;
  udp::socket datagrams_;
  tcp::acceptor acceptor_;
  tcp::endpoint bound_;
  base::Event place_free_;
  int clients_ = 0;
  base::TaskGroup tasks_;
};

Status SocketNameServer::Listen() {
  VK_TRY(at, base::ParseHostPort(options_.listen));
  error_code error;
  const auto address = asio::ip::make_address(at.host, error);
  if (error) {
    return std::unexpected(
        Error(ErrorCode::kInvalidArgument,
              "serve DNS on " + options_.listen + ": not an IP address; use one of this machine"));
  }
  // The port that TCP gets may be taken for UDP.
  for (int tries = 0; tries < kPortTries; ++tries) {
    error = TryListen({address, at.port});
    if (error != asio::error::address_in_use || at.port != 0) break;
  }
  if (error) {
    return std::unexpected(
        Error(ErrorCode::kUnavailable, "serve DNS on " + options_.listen + ": " + error.message() +
                                           "; choose another address, or end what listens there"));
  }
  tasks_.Spawn("answer DNS datagrams", ServeDatagrams());
  tasks_.Spawn("accept DNS connections", Accept());
  return {};
}

template <class Socket, class Endpoint>
error_code SocketNameServer::Bind(Socket& socket, const Endpoint& at) const {
  error_code error;
  socket.close(error);
  socket.open(at.protocol(), error);
  if (!error && options_.address_may_come_later) socket.set_option(FreeBind(true), error);
  if (!error && std::is_same_v<Socket, tcp::acceptor>) {
    socket.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) socket.bind(at, error);
  return error;
}

error_code SocketNameServer::TryListen(const tcp::endpoint& at) {
  error_code error = Bind(acceptor_, at);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) bound_ = acceptor_.local_endpoint(error);
  if (!error) error = Bind(datagrams_, udp::endpoint(bound_.address(), bound_.port()));
  return error;
}

awaitable<void> SocketNameServer::ServeDatagrams() {
  std::array<char, kMaxQuestionBytes> buffer{};
  while (!co_await base::Cancelled()) {
    udp::endpoint from;
    const auto [error, size] =
        co_await datagrams_.async_receive_from(asio::buffer(buffer), from, kAsValue);
    if (!datagrams_.is_open()) co_return;
    if (error) {
      log_.Debug("cannot receive a DNS question", {{"error", error.message()}});
      if (!co_await clock_.SleepUntil(clock_.Now() + kErrorPause)) co_return;
      continue;
    }
    const auto answer =
        AnswerDns(zones_now_(), std::string_view(buffer.data(), size), DnsTransport::kUdp);
    // A client that misses an answer asks again.
    if (answer) (void)co_await datagrams_.async_send_to(asio::buffer(*answer), from, kAsValue);
  }
}

awaitable<void> SocketNameServer::Accept() {
  while (!co_await base::Cancelled()) {
    while (clients_ >= kMaxClients) {
      if (!co_await place_free_.Wait()) co_return;
    }
    auto [error, socket] = co_await acceptor_.async_accept(kAsValue);
    if (!acceptor_.is_open()) co_return;
    if (error) {
      log_.Debug("cannot accept a DNS connection", {{"error", error.message()}});
      if (!co_await clock_.SleepUntil(clock_.Now() + kErrorPause)) co_return;
      continue;
    }
    ++clients_;
    tasks_.Spawn("serve a DNS connection", Serve(std::move(socket)));
  }
}

Error Gone() { return {ErrorCode::kUnavailable, "the client is gone"}; }

// RFC 1035, 4.2.2: messages over TCP have their length in front, in two bytes.
awaitable<Result<std::string>> ReadQuestion(tcp::socket& socket) {
  std::array<unsigned char, 2> length{};
  const auto [cut, ignored] = co_await asio::async_read(socket, asio::buffer(length), kAsValue);
  const std::size_t size = static_cast<std::size_t>(length[0] << 8 | length[1]);
  if (cut || size > kMaxQuestionBytes) co_return std::unexpected(Gone());
  std::string question(size, '\0');
  const auto [cut_short, all] = co_await asio::async_read(socket, asio::buffer(question), kAsValue);
  if (cut_short) co_return std::unexpected(Gone());
  co_return question;
}

awaitable<Status> WriteAnswer(tcp::socket& socket, std::string answer) {
  const char length[] = {static_cast<char>(answer.size() >> 8), static_cast<char>(answer.size())};
  answer.insert(0, length, sizeof(length));
  const auto [error, size] = co_await asio::async_write(socket, asio::buffer(answer), kAsValue);
  if (error) co_return std::unexpected(Gone());
  co_return Status();
}

awaitable<void> SocketNameServer::Serve(tcp::socket socket) {
  while (true) {
    const auto question = co_await base::WithDeadline<std::string>(
        clock_, clock_.Now() + kClientLimit, "read a DNS question", ReadQuestion(socket));
    if (!question) break;
    auto answer = AnswerDns(zones_now_(), *question, DnsTransport::kTcp);
    if (!answer) break;
    const Status written =
        co_await base::WithDeadline<void>(clock_, clock_.Now() + kClientLimit, "write a DNS answer",
                                          WriteAnswer(socket, std::move(*answer)));
    if (!written) break;
  }
  --clients_;
  place_free_.Set();
}

}  // namespace

Result<std::unique_ptr<NameServer>> NameServer::Start(NameServerOptions options, ZonesNow zones_now,
                                                      asio::any_io_executor executor,
                                                      base::Clock& clock, base::Log& log) {
  auto server = std::make_unique<SocketNameServer>(std::move(options), std::move(zones_now),
                                                   std::move(executor), clock, log);
  VK_CHECK_OK(server->Listen());
  return server;
}

}  // namespace vk::fake
