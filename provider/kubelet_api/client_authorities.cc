#include "provider/kubelet_api/client_authorities.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kubelet {
namespace {

using base::Error;
using base::ErrorCode;
using base::Status;

constexpr std::chrono::seconds kInterval{180};
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{60};
constexpr std::chrono::seconds kCallLimit{10};
constexpr char kNamespace[] = "kube-system";
constexpr char kName[] = "extension-apiserver-authentication";
constexpr char kKey[] = "client-ca-file";

}  // namespace

ClientAuthorities::ClientAuthorities(kube::KubeApi& api, base::Clock& clock, base::Log& log,
                                     OnChange on_change)
    : api_(api), clock_(clock), log_(log), on_change_(std::move(on_change)) {}

boost::asio::awaitable<void> ClientAuthorities::Run() {
  std::chrono::seconds retry = kFirstRetry;
  while (true) {
    const Status read = co_await ReadOnce();
    if (!read && read.error().code != ErrorCode::kCancelled) {
      log_.Warn(
          "cannot read the authorities of client certificates",
          {{"configmap", std::string(kNamespace) + "/" + kName}, {"error", read.error().message}});
    }
    const std::chrono::seconds pause = read ? kInterval : retry;
    retry = read ? kFirstRetry : std::min(retry * 2, kLastRetry);
    if (!co_await clock_.SleepUntil(clock_.Now() + pause)) co_return;
  }
}

boost::asio::awaitable<Status> ClientAuthorities::ReadOnce() {
  VK_CO_TRY(bytes, co_await api_.Get(kube::kConfigMaps,
                                     {.ns = kNamespace, .name = kName, .subresource = {}},
                                     clock_.Now() + kCallLimit));
  k8s::io::api::core::v1::ConfigMap map;
  VK_CO_CHECK_OK(kube::FromBytes(bytes, &map));
  const auto found = map.data().find(kKey);
  if (found == map.data().end() || found->second.empty())
    co_return std::unexpected(
        Error(ErrorCode::kNotFound, std::string("it has no key ") + kKey +
                                        "; the API server writes it when it is started with "
                                        "--client-ca-file"));
  if (found->second == in_use_) co_return Status();
  VK_CO_CHECK_OK(on_change_(found->second));
  in_use_ = found->second;
  log_.Info("client certificates of the cluster's authorities are accepted");
  co_return Status();
}

}  // namespace vk::kubelet
