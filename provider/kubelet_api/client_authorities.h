#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "provider/kube/kube_api.h"

namespace vk::kubelet {

// Follows the authorities whose client certificates the cluster accepts: key client-ca-file of the
// ConfigMap kube-system/extension-apiserver-authentication, where the API server publishes its own.
// Read again every three minutes; a failure is retried and what was read before stays.
class ClientAuthorities {
 public:
  // Takes a new bundle of PEM certificates into use. Errors: it is not usable; asked again later.
  using OnChange = std::function<base::Status(const std::string& pem)>;

  // REQUIRES: everything referred to outlives Run.
  ClientAuthorities(kube::KubeApi& api, base::Clock& clock, base::Log& log, OnChange on_change);

  // Returns when cancelled. Called once.
  boost::asio::awaitable<void> Run();

 private:
  boost::asio::awaitable<base::Status> ReadOnce();

  kube::KubeApi& api_;
  base::Clock& clock_;
  base::Log& log_;
  const OnChange on_change_;
  std::string in_use_;
};

}  // namespace vk::kubelet
