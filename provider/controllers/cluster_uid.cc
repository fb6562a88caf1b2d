#include "provider/controllers/cluster_uid.h"

#include <utility>

#include "provider/kube/object_bytes.h"

namespace vk::controllers {

boost::asio::awaitable<base::Result<std::string>> ReadClusterUid(kube::KubeApi& api,
                                                                 base::Clock& clock,
                                                                 std::chrono::seconds call_limit) {
  while (true) {
    const auto read =
        co_await api.Get(kube::kNamespaces, {.ns = {}, .name = kSystemNamespace, .subresource = {}},
                         clock.Now() + call_limit);
    if (read) {
      if (auto identity = kube::IdentityOf(*read)) co_return std::move(identity->uid);
    } else if (read.error().code == base::ErrorCode::kCancelled) {
      co_return std::unexpected(read.error());
    }
    VK_CO_CHECK_OK(co_await clock.SleepUntil(clock.Now() + std::chrono::seconds(1)));
  }
}

}  // namespace vk::controllers
