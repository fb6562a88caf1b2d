#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "provider/kube/kube_api.h"

namespace vk::controllers {

// Where the Leases of controllers are, and by whose UID the cluster is told from others.
inline constexpr char kSystemNamespace[] = "kube-system";

// The UID of namespace kube-system; asks until it is told. Errors: kCancelled, and kInternal when
// the answer is no object.
boost::asio::awaitable<base::Result<std::string>> ReadClusterUid(kube::KubeApi& api,
                                                                 base::Clock& clock,
                                                                 std::chrono::seconds call_limit);

}  // namespace vk::controllers
