#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/http/transport.h"
#include "base/result.h"
#include "provider/kube/command_runner.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/token_source.h"

namespace vk::demo {

// A connection to an API server as the user of a kubeconfig. Owns everything it needs but the
// clock.
class ClusterAccess {
 public:
  // Errors: kInvalidArgument, naming what is wrong with the file.
  static base::Result<std::unique_ptr<ClusterAccess>> Open(const std::string& kubeconfig,
                                                           boost::asio::any_io_executor executor,
                                                           base::Clock& clock);
  ~ClusterAccess();

  kube::KubeApi& api() { return *api_; }

  // The text of the server's /metrics.
  boost::asio::awaitable<base::Result<std::string>> Metrics(base::TimePoint deadline);

 private:
  ClusterAccess();

  std::unique_ptr<kube::CommandRunner> runner_;
  std::unique_ptr<kube::TokenSource> tokens_;
  std::unique_ptr<base::HttpTransport> transport_;
  std::unique_ptr<kube::KubeApi> api_;
};

}  // namespace vk::demo
