#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "provider/kube/kube_api.h"

namespace vk::kube {

// Where the Leases of processes are, and by whose UID the cluster is told from others.
inline constexpr char kSystemNamespace[] = "kube-system";

// The UID of namespace kube-system; asks once a second until it is told, and tells `on_failure` of
// every answer that does not say. Errors: kCancelled.
boost::asio::awaitable<base::Result<std::string>> ReadClusterUid(
    KubeApi& api, base::Clock& clock, std::chrono::seconds call_limit,
    std::function<void(const base::Error&)> on_failure);

}  // namespace vk::kube
