#include "provider/kube/kube_client.h"

#include <utility>

#include "base/http/client.h"
#include "base/reloaded.h"
#include "provider/kube/http_kube_api.h"

namespace vk::kube {
namespace {

using base::TlsClientOptions;

// What files say, and the context that was made from it.
struct Tls {
  TlsClientOptions options;
  std::shared_ptr<base::TlsClientContext> context;
};

bool Same(const Tls& a, const Tls& b) {
  const TlsClientOptions& one = a.options;
  const TlsClientOptions& two = b.options;
  return one.authorities_pem == two.authorities_pem && one.certificate_pem == two.certificate_pem &&
         one.private_key_pem.Reveal() == two.private_key_pem.Reveal() &&
         one.server_name == two.server_name && one.verify_server == two.verify_server;
}

base::Result<Tls> MakeTls(TlsClientOptions options) {
  VK_TRY(context, base::MakeTlsClientContext(options));
  return Tls{std::move(options), std::move(context)};
}

class SocketKubeClient final : public KubeClient {
 public:
  SocketKubeClient(KubeClientOptions options, KubeAccess access, Tls tls, base::Clock& clock,
                   base::Log& log)
      : tokens_(std::move(access.tokens)),
        tls_(
            "the API server's certificates and authorities", std::move(tls),
            [read = std::move(access.read_tls)]() -> base::Result<Tls> {
              VK_TRY(now, read());
              return MakeTls(std::move(now));
            },
            Same, clock, log, options.reload) {}

  base::Status Connect(const KubeClientOptions& options, const std::string& server,
                       boost::asio::any_io_executor executor, base::Clock& clock) {
    const auto transport = [&](int connections) {
      return base::MakeHttpClient({.url = server,
                                   .present_tls = [this] { return tls_.Get().context; },
                                   .max_connections = connections},
                                  executor, clock);
    };
    VK_TRY(ordinary, transport(options.connections));
    VK_TRY(urgent, transport(options.urgent_connections));
    ordinary_ = std::move(ordinary);
    urgent_ = std::move(urgent);
    api_ = std::make_unique<HttpKubeApi>(*ordinary_, *urgent_, clock, *tokens_);
    return {};
  }

  KubeApi& api() override { return *api_; }

 private:
  const std::unique_ptr<TokenSource> tokens_;
  base::Reloaded<Tls> tls_;
  std::unique_ptr<base::HttpTransport> ordinary_;
  std::unique_ptr<base::HttpTransport> urgent_;
  std::unique_ptr<HttpKubeApi> api_;
};

}  // namespace

base::Result<std::unique_ptr<KubeClient>> MakeKubeClient(KubeClientOptions options,
                                                         KubeAccess access,
                                                         boost::asio::any_io_executor executor,
                                                         base::Clock& clock, base::Log& log) {
  VK_TRY(tls, MakeTls(access.tls));
  const std::string server = access.server;
  auto client =
      std::make_unique<SocketKubeClient>(options, std::move(access), std::move(tls), clock, log);
  VK_CHECK_OK(client->Connect(options, server, std::move(executor), clock));
  return client;
}

}  // namespace vk::kube
