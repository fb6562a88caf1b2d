#include "tools/demo_client/cluster_access.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "base/http/client.h"
#include "provider/kube/http_kube_api.h"
#include "provider/kube/kubeconfig.h"

namespace vk::demo {
namespace {

constexpr int kConnections = 32;

base::Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.is_open() && !file.bad()) return text;
  return std::unexpected(base::Error(base::ErrorCode::kNotFound, path + ": cannot be read"));
}

}  // namespace

ClusterAccess::ClusterAccess() = default;
ClusterAccess::~ClusterAccess() = default;

base::Result<std::unique_ptr<ClusterAccess>> ClusterAccess::Open(
    const std::string& kubeconfig, boost::asio::any_io_executor executor, base::Clock& clock) {
  auto runner = kube::MakeProcessRunner(executor, clock);
  const kube::KubeAccessParts parts{
      .read = ReadFile, .clock = clock, .runner = *runner, .executor = executor, .environment = {}};
  VK_TRY(access, kube::LoadKubeconfig(kubeconfig, "", parts));
  VK_TRY(tls, base::MakeTlsClientContext(access.tls));
  VK_TRY(transport, base::MakeHttpClient({.url = access.server,
                                          .tls = tls,
                                          .max_connections = kConnections,
                                          .user_agent = "demo-client"},
                                         executor, clock));
  std::unique_ptr<ClusterAccess> opened(new ClusterAccess);
  opened->runner_ = std::move(runner);
  opened->tokens_ = std::move(access.tokens);
  opened->transport_ = std::move(transport);
  opened->api_ = std::make_unique<kube::HttpKubeApi>(*opened->transport_, *opened->transport_,
                                                     clock, *opened->tokens_);
  return opened;
}

boost::asio::awaitable<base::Result<std::string>> ClusterAccess::Metrics(base::TimePoint deadline) {
  VK_CO_TRY(token, co_await tokens_->Token(deadline));
  base::HttpRequest request{.target = "/metrics"};
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token.Reveal());
  VK_CO_TRY(reply, co_await transport_->Send(std::move(request), base::Repeat::kSafe, deadline));
  if (reply.status == 200) co_return std::move(reply.body);
  co_return std::unexpected(
      base::Error(base::ErrorCode::kUnavailable,
                  fmt::format("read the API server's metrics: status {}", reply.status)));
}

}  // namespace vk::demo
