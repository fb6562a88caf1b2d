#include "tools/fake_eci/fake_server.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>
#include <utility>

#include "base/http/tls.h"

namespace vk::fake {
namespace {

// Official SDKs put everything into the query, so a header may be as long as a body.
constexpr std::size_t kMaxRequestBytes = 1u << 20;
constexpr std::size_t kMaxHeaderBytes = kMaxRequestBytes + (64u << 10);

}  // namespace

FakeServer::FakeServer(ServerOptions options, boost::asio::any_io_executor executor,
                       base::Clock& clock, base::Random random, base::Log& log)
    : executor_(executor),
      clock_(clock),
      log_(log),
      cloud_(std::move(options.cloud), clock, std::move(random)),
      driver_(cloud_, clock, executor),
      authenticator_(std::move(options.keys)),
      api_(cloud_, driver_, authenticator_, clock, log),
      tasks_(std::move(executor)) {}

FakeServer::~FakeServer() = default;

base::Result<std::unique_ptr<FakeServer>> FakeServer::Start(ServerOptions options,
                                                            boost::asio::any_io_executor executor,
                                                            base::Clock& clock, base::Random random,
                                                            base::Log& log) {
  std::unique_ptr<FakeServer> server(
      new FakeServer(options, std::move(executor), clock, std::move(random), log));
  VK_CHECK_OK(server->Listen(options));
  return server;
}

base::Status FakeServer::Listen(const ServerOptions& options) {
  base::HttpServerOptions http{.listen = options.listen};
  http.max_header_bytes = kMaxHeaderBytes;
  http.max_body_bytes = kMaxRequestBytes;
  if (!options.certificate_pem.empty()) {
    VK_TRY(tls, base::MakeTlsServerContext({.certificate_pem = options.certificate_pem,
                                            .private_key_pem = options.private_key_pem,
                                            .client_authorities_pem = ""}));
    http.tls = tls;
    tls_ = true;
  }
  VK_TRY(control, ControlService::Start(options.control_listen, cloud_, driver_, executor_));
  control_ = std::move(control);
  VK_TRY(server,
         base::StartHttpServer(
             std::move(http),
             [this](const base::HttpRequest& request, const base::HttpPeer&,
                    base::HttpResponder& responder) { return api_.Serve(request, responder); },
             executor_, clock_, log_));
  http_ = std::move(server);
  cloud_.SetExecUrl((tls_ ? "wss://" : "ws://") + http_->address() + "/exec/");
  tasks_.Spawn("cloud driver", driver_.Run());
  return {};
}

std::string FakeServer::url() const { return (tls_ ? "https://" : "http://") + http_->address(); }

boost::asio::awaitable<void> FakeServer::Stop() {
  co_await http_->Stop();
  tasks_.Cancel();
  co_await tasks_.Join();
  // Its calls wait for this thread, which therefore may not wait for them.
  bool stopped = false;
  std::jthread stopper([&] {
    control_->Stop();
    boost::asio::post(executor_, [&] { stopped = true; });
  });
  while (!stopped) co_await boost::asio::post(executor_, boost::asio::use_awaitable);
}

}  // namespace vk::fake
