#include "provider/app/status_server.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "base/http/tls.h"
#include "base/reloaded.h"
#include "base/task_group.h"
#include "provider/agent/pod_access.h"
#include "provider/kubelet_api/client_authorities.h"
#include "provider/kubelet_api/kubelet_api.h"

namespace vk::app {
namespace {

using base::Error;
using base::HttpPeer;
using base::HttpRequest;
using base::HttpResponder;
using base::HttpServerLimit;

// With the connections to API server and cloud well within the usual 1,024 open files, so that
// clients that keep connections open take nothing from the agent's own work.
constexpr int kKubeletConnections = 512;
constexpr int kStatusConnections = 64;
constexpr std::chrono::minutes kFullEventPeriod{5};
constexpr std::chrono::seconds kReload{10};  // Between two reads of the serving certificate.

// What limits do to the clients of one server, as metrics, and as an event of the node when they
// keep others out.
class LimitWitness {
 public:
  LimitWitness(const std::string& server, int connections, base::Clock& clock,
               base::Metrics& metrics)
      : server_(server),
        connections_(connections),
        clock_(clock),
        slow_(metrics.GetCounter("virtual_node_http_slow_clients_total",
                                 "Connections ended since the client did not send or read in time.",
                                 {{"server", server}})),
        full_(metrics.GetCounter("virtual_node_http_full_total",
                                 "Times that all connections were taken and clients had to wait.",
                                 {{"server", server}})) {}

  void set_agent(agent::NodeAgent* agent) { agent_ = agent; }

  void OnLimit(HttpServerLimit limit) {
    (limit == HttpServerLimit::kSlowClient ? slow_ : full_).Add();
    const bool told = told_ && clock_.Now() - *told_ < kFullEventPeriod;
    if (limit != HttpServerLimit::kConnections || agent_ == nullptr || told) return;
    told_ = clock_.Now();
    agent_->WarnOnNode(
        "ServerConnectionsExhausted",
        fmt::format("All {} connections of the {} server are taken, others wait; see who keeps "
                    "connections open to this address",
                    connections_, server_));
  }

 private:
  const std::string server_;
  const int connections_;
  base::Clock& clock_;
  base::Counter& slow_;
  base::Counter& full_;
  agent::NodeAgent* agent_ = nullptr;
  std::optional<base::TimePoint> told_;
};

std::string_view PathOf(const HttpRequest& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

base::HttpResponse Text(int status, std::string body,
                        std::string_view type = "text/plain; charset=utf-8") {
  return {
      .status = status, .headers = {{"Content-Type", std::string(type)}}, .body = std::move(body)};
}

base::Result<std::string> ReadPem(const std::string& path, const char* flag) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file)
    return std::unexpected(
        Error(base::ErrorCode::kInvalidArgument, fmt::format("{} {}: cannot be read", flag, path)));
  return content.str();
}

using ServingPair = base::SelfSignedCertificate;

bool Same(const ServingPair& a, const ServingPair& b) {
  return a.certificate_pem == b.certificate_pem &&
         a.private_key_pem.Reveal() == b.private_key_pem.Reveal();
}

base::Result<std::shared_ptr<base::TlsServerContext>> MakeTls(const ServingPair& pair,
                                                              const std::string& authorities_pem) {
  return base::MakeTlsServerContext({.certificate_pem = pair.certificate_pem,
                                     .private_key_pem = pair.private_key_pem,
                                     .client_authorities_pem = authorities_pem});
}

// Errors: kInvalidArgument, also when the key does not belong to the certificate.
base::Result<ServingPair> ReadPair(const config::Options& options) {
  VK_TRY(certificate, ReadPem(options.kubelet_cert_file, "--kubelet-cert"));
  VK_TRY(key, ReadPem(options.kubelet_key_file, "--kubelet-key"));
  ServingPair pair{.certificate_pem = certificate, .private_key_pem = base::SecretString(key)};
  VK_CHECK_OK(MakeTls(pair, ""));
  return pair;
}

base::Result<ServingPair> MakePair(const ServerParts& parts) {
  const config::Options& options = parts.options;
  return base::MakeSelfSignedCertificate({.common_name = "system:node:" + options.node_name,
                                          .dns_names = {options.node_name},
                                          .ip_addresses = {options.node_ip}},
                                         parts.clock.WallNow());
}

class StatusServers final : public Servers {
 public:
  StatusServers(ServerParts parts, std::function<std::string()> missing,
                boost::asio::any_io_executor executor)
      : parts_(parts),
        missing_(std::move(missing)),
        kubelet_limits_("kubelet", kKubeletConnections, parts.clock, parts.metrics),
        status_limits_("metrics", kStatusConnections, parts.clock, parts.metrics),
        tasks_(std::move(executor)) {}

  base::Status Start(boost::asio::any_io_executor executor) {
    const bool given = !parts_.options.kubelet_cert_file.empty();
    VK_TRY(pair, given ? ReadPair(parts_.options) : MakePair(parts_));
    shown_ = pair;
    if (given) {
      pair_.emplace(
          "the certificate of the kubelet server", std::move(pair),
          [this] { return ReadPair(parts_.options); }, Same, parts_.clock, parts_.log, kReload);
    }
    VK_CHECK_OK(AcceptClientsOf(""));
    VK_TRY(kubelet,
           base::StartHttpServer(
               {.listen = parts_.options.kubelet_listen,
                .present_tls = [this] { return PresentTls(); },
                .max_connections = kKubeletConnections,
                .on_limit = [this](HttpServerLimit limit) { kubelet_limits_.OnLimit(limit); }},
               [this](const HttpRequest& request, const HttpPeer& peer, HttpResponder& responder) {
                 return ServeKubelet(request, peer, responder);
               },
               executor, parts_.clock, parts_.log));
    kubelet_ = std::move(kubelet);
    VK_TRY(metrics,
           base::StartHttpServer(
               {.listen = parts_.options.metrics_listen,
                .max_connections = kStatusConnections,
                .on_limit = [this](HttpServerLimit limit) { status_limits_.OnLimit(limit); }},
               [this](const HttpRequest& request, const HttpPeer& peer, HttpResponder& responder) {
                 return ServeStatus(request, peer, responder);
               },
               executor, parts_.clock, parts_.log));
    metrics_ = std::move(metrics);
    return {};
  }

  std::string kubelet_address() const override { return kubelet_->address(); }
  int kubelet_port() const override { return kubelet_->port(); }
  std::string metrics_address() const override { return metrics_->address(); }

  void Serve(agent::NodeAgent& agent, kube::KubeApi& api, eci::EciApi& cloud) override {
    kubelet_limits_.set_agent(&agent);
    status_limits_.set_agent(&agent);
    pods_ = agent::MakePodAccess(agent);
    kubelet_api_ = std::make_unique<kubelet::KubeletApi>(
        kubelet::KubeletOptions{.node_name = parts_.options.node_name},
        kubelet::KubeletParts{
            .pods = *pods_, .api = api, .cloud = cloud, .clock = parts_.clock, .log = parts_.log});
    authorities_ = std::make_unique<kubelet::ClientAuthorities>(
        api, parts_.clock, parts_.log,
        [this](const std::string& pem) { return AcceptClientsOf(pem); });
    tasks_.Spawn("follow client authorities", authorities_->Run());
  }

  boost::asio::awaitable<void> Stop() override {
    tasks_.Cancel();
    co_await tasks_.Join();
    if (kubelet_) co_await kubelet_->Stop();
    if (metrics_) co_await metrics_->Stop();
  }

 private:
  // From the next handshake on. Errors: kInvalidArgument; what was accepted before stays.
  base::Status AcceptClientsOf(const std::string& authorities_pem) {
    VK_TRY(tls, MakeTls(shown_, authorities_pem));
    tls_ = tls;
    authorities_pem_ = authorities_pem;
    return {};
  }

  std::shared_ptr<base::TlsServerContext> PresentTls() {
    if (pair_ && !Same(pair_->Get(), shown_)) {
      // The reader of the pair has found that it can be used.
      if (auto tls = MakeTls(pair_->Get(), authorities_pem_)) tls_ = *std::move(tls);
      shown_ = pair_->Get();
    }
    return tls_;
  }

  boost::asio::awaitable<void> ServeKubelet(const HttpRequest& request, const HttpPeer& peer,
                                            HttpResponder& responder) {
    if (kubelet_api_) {
      co_await kubelet_api_->Handle(request, peer, responder);
    } else {
      (void)co_await responder.Reply(Text(503, "starting\n"));
    }
  }

  // The answer of a client that has gone is of no use to anybody.
  boost::asio::awaitable<void> ServeStatus(const HttpRequest& request, const HttpPeer&,
                                           HttpResponder& responder) {
    const std::string_view path = PathOf(request);
    if (path == "/healthz") {
      (void)co_await responder.Reply(Text(200, "ok\n"));
    } else if (path == "/readyz") {
      const std::string missing = missing_();
      (void)co_await responder.Reply(missing.empty() ? Text(200, "ok\n")
                                                     : Text(503, "not yet: " + missing + "\n"));
    } else if (path == "/metrics") {
      (void)co_await responder.Reply(Text(200, parts_.metrics.Text(), base::kMetricsContentType));
    } else {
      (void)co_await responder.Reply(Text(404, "there are /healthz, /readyz and /metrics\n"));
    }
  }

  const ServerParts parts_;
  const std::function<std::string()> missing_;
  LimitWitness kubelet_limits_;
  LimitWitness status_limits_;
  std::unique_ptr<agent::PodAccess> pods_;
  std::unique_ptr<kubelet::KubeletApi> kubelet_api_;
  std::unique_ptr<kubelet::ClientAuthorities> authorities_;
  std::optional<base::Reloaded<ServingPair>> pair_;  // Read from files; empty: self-signed.
  ServingPair shown_;
  std::string authorities_pem_;
  std::shared_ptr<base::TlsServerContext> tls_;  // Made from the two above.
  base::TaskGroup tasks_;
  std::unique_ptr<base::HttpServer> kubelet_;
  std::unique_ptr<base::HttpServer> metrics_;
};

}  // namespace

base::Result<std::unique_ptr<Servers>> StartServers(ServerParts parts,
                                                    std::function<std::string()> missing,
                                                    boost::asio::any_io_executor executor) {
  auto servers = std::make_unique<StatusServers>(parts, std::move(missing), executor);
  VK_CHECK_OK(servers->Start(std::move(executor)));
  return servers;
}

}  // namespace vk::app
