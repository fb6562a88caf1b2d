#include "tools/fake_eci/fake_server.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>

#include "base/http/tls.h"
#include "tools/fake_eci/engine/group/group.h"

namespace vk::fake {
namespace {

// Official SDKs put everything into the query, so a header may be as long as a body.
constexpr std::size_t kMaxRequestBytes = 1u << 20;
constexpr std::size_t kMaxHeaderBytes = kMaxRequestBytes + (64u << 10);

base::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return {};
  return std::unexpected(
      base::Error(base::ErrorCode::kInvalidArgument,
                  "write the certificate to \"" + path +
                      "\": cannot; name a file in a folder that can be written"));
}

base::Result<std::shared_ptr<base::TlsServerContext>> MakeTls(const TlsOptions& options,
                                                              base::WallTime now) {
  if (!options.certificate_pem.empty()) {
    return base::MakeTlsServerContext({.certificate_pem = options.certificate_pem,
                                       .private_key_pem = options.private_key_pem,
                                       .client_authorities_pem = ""});
  }
  VK_TRY(made, base::MakeSelfSignedCertificate({.common_name = "fake-eci",
                                                .dns_names = {"localhost"},
                                                .ip_addresses = {"127.0.0.1", "::1"}},
                                               now));
  if (!options.authority_file.empty()) {
    VK_CHECK_OK(WriteFile(options.authority_file, made.certificate_pem));
  }
  return base::MakeTlsServerContext({.certificate_pem = made.certificate_pem,
                                     .private_key_pem = made.private_key_pem,
                                     .client_authorities_pem = ""});
}

}  // namespace

FakeServer::FakeServer(ServerOptions options, boost::asio::any_io_executor executor,
                       base::Clock& clock, base::Random random, base::Log& log)
    : executor_(executor),
      clock_(clock),
      log_(log),
      cloud_(std::move(options.cloud), clock, random),
      driver_(cloud_, clock, executor),
      authenticator_(std::move(options.keys)),
      api_(cloud_, driver_, authenticator_, clock, log),
      tasks_(std::move(executor)) {}

FakeServer::~FakeServer() = default;

boost::asio::awaitable<base::Result<std::unique_ptr<FakeServer>>> FakeServer::Start(
    ServerOptions options, boost::asio::any_io_executor executor, base::Clock& clock,
    base::Random random, base::Log& log) {
  std::unique_ptr<FakeServer> server(
      new FakeServer(options, std::move(executor), clock, random, log));
  if (options.runtime) {
    if (base::Status ready = co_await server->StartRuntime(*options.runtime); !ready) {
      co_await server->GiveUp();
      co_return std::unexpected(std::move(ready).error());
    }
  }
  if (base::Status listening = server->Listen(options); !listening) {
    co_await server->GiveUp();
    co_return std::unexpected(std::move(listening).error());
  }
  co_return server;
}

boost::asio::awaitable<void> FakeServer::GiveUp() {
  co_await Stop();
  if (host_) co_await host_->GiveUp();
}

boost::asio::awaitable<base::Status> FakeServer::StartRuntime(const RuntimeOptions& options) {
  host_ = std::make_unique<ContainerdHost>(
      options.containerd, RuntimePaths(options.folder), clock_, log_, executor_,
      ContainerdHost::Listener{
          .on_report = [this](const auto& report) { Hear(report); },
          .on_found = [this](std::string_view snapshot,
                             const auto& containers) { return AdoptGroup(snapshot, containers); },
          .on_images = [this](const auto& report) { Hear(report); },
          .on_found_cache =
              [this](std::string_view snapshot) { return cloud_.AdoptImageCache(snapshot); }});
  cloud_.set_host(host_.get());
  api_.set_run_command([this](HostCommand command) { return host_->Run(std::move(command)); });
  exec_sessions_ = std::make_unique<ExecSessions>(
      [this](HostCommand command) { return host_->StartProcess(std::move(command)); }, clock_, log_,
      executor_);
  api_.set_exec_sessions(exec_sessions_.get());
  if (base::Status begun = co_await host_->Begin(); !begun) co_return begun;
  // Pulls begin at once.
  cloud_.set_image_host(&host_->image_host());
  co_return co_await host_->TakeUp();
}

void FakeServer::Hear(const auto& report) {
  cloud_.Report(report);
  driver_.Wake();
}

const Group* FakeServer::AdoptGroup(std::string_view snapshot,
                                    const std::vector<FoundContainer>& containers) {
  const auto group = cloud_.AdoptGroup(snapshot, containers);
  if (!group) {
    log_.Warn("cannot take up a group", {{"error", group.error().message}});
    return nullptr;
  }
  log_.Info("adopted an existing container group",
            {{"group", (*group)->id}, {"name", (*group)->name}});
  return *group;
}

base::Result<std::string> FakeServer::OpenPort(const std::string& group, int port) {
  VK_TRY(stream, cloud_.OpenPort(group, port));
  std::string url = cloud_.StreamUrl(stream.token);
  exec_sessions_->Offer(std::move(stream));
  return url;
}

base::Status FakeServer::Listen(const ServerOptions& options) {
  std::shared_ptr<base::TlsServerContext> tls;
  if (options.tls) {
    VK_TRY(made, MakeTls(*options.tls, clock_.WallNow()));
    tls = std::move(made);
  }
  VK_TRY(control, ControlService::Start(options.control_listen, cloud_, driver_, executor_,
                                        [this](const std::string& group, int port) {
                                          return OpenPort(group, port);
                                        }));
  control_ = std::move(control);
  VK_TRY(http, StartApi(options.listen, nullptr));
  http_ = std::move(http);
  if (tls) {
    VK_TRY(https, StartApi(options.tls->listen, tls));
    https_ = std::move(https);
  }
  if (!options.dns_listen.empty()) {
    VK_CHECK_OK(StartNameServer({.listen = options.dns_listen}));
  }
  // The first sandbox makes the bridge that has this address.
  if (options.runtime && !options.runtime->containerd.name_server.empty()) {
    VK_CHECK_OK(StartNameServer({.listen = options.runtime->containerd.name_server + ":53",
                                 .address_may_come_later = true}));
  }
  cloud_.SetExecUrl("ws://" + http_->address() + "/exec/");
  tasks_.Spawn("cloud driver", driver_.Run());
  return {};
}

base::Result<std::unique_ptr<base::HttpServer>> FakeServer::StartApi(
    const std::string& listen, std::shared_ptr<base::TlsServerContext> tls) {
  base::HttpServerOptions http{.listen = listen, .tls = std::move(tls)};
  http.max_header_bytes = kMaxHeaderBytes;
  http.max_body_bytes = kMaxRequestBytes;
  return base::StartHttpServer(
      std::move(http),
      [this](const base::HttpRequest& request, const base::HttpPeer&,
             base::HttpResponder& responder) { return api_.Serve(request, responder); },
      executor_, clock_, log_);
}

base::Status FakeServer::StartNameServer(NameServerOptions options) {
  VK_TRY(server, NameServer::Start(
                     std::move(options), [this]() -> const Zones& { return cloud_.zones(); },
                     executor_, clock_, log_));
  name_servers_.push_back(std::move(server));
  return {};
}

std::string FakeServer::dns_addresses() const {
  std::string addresses;
  for (const auto& server : name_servers_) {
    addresses += (addresses.empty() ? "" : ",") + server->address();
  }
  return addresses;
}

boost::asio::awaitable<void> FakeServer::Stop() {
  if (http_) co_await http_->Stop();
  if (https_) co_await https_->Stop();
  for (const auto& server : name_servers_) co_await server->Stop();
  tasks_.Cancel();
  co_await tasks_.Join();
  if (host_) co_await host_->End();
  if (!control_) co_return;
  // Its calls wait for this thread, which therefore may not wait for them.
  bool stopped = false;
  std::jthread stopper([&] {
    control_->Stop();
    boost::asio::post(executor_, [&] { stopped = true; });
  });
  while (!stopped) co_await boost::asio::post(executor_, boost::asio::use_awaitable);
}

}  // namespace vk::fake
