#include "provider/kube/cluster_uid.h"

#include <utility>

#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

boost::asio::awaitable<base::Result<std::string>> AskOnce(KubeApi* api, base::TimePoint deadline) {
  VK_CO_TRY(bytes,
            co_await api->Get(kNamespaces, {.ns = {}, .name = kSystemNamespace, .subresource = {}},
                              deadline));
  VK_CO_TRY(identity, IdentityOf(bytes));
  co_return std::move(identity.uid);
}

}  // namespace

boost::asio::awaitable<base::Result<std::string>> ReadClusterUid(
    KubeApi& api, base::Clock& clock, std::chrono::seconds call_limit,
    std::function<void(const base::Error&)> on_failure) {
  while (true) {
    auto uid = co_await AskOnce(&api, clock.Now() + call_limit);
    if (uid || uid.error().code == base::ErrorCode::kCancelled) co_return uid;
    on_failure(uid.error());
    VK_CO_CHECK_OK(co_await clock.SleepUntil(clock.Now() + std::chrono::seconds(1)));
  }
}

}  // namespace vk::kube
