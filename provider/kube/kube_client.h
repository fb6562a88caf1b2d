#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/kubeconfig.h"

namespace vk::kube {

struct KubeClientOptions {
  // Watches come on top, each on a connection of its own.
  int connections = 32;
  // For Leases and Nodes alone: the Lease of the process and those of the controllers, the node's
  // heartbeat, and the writes of the Node.
  int urgent_connections = 6;
  std::chrono::seconds reload{10};  // How often certificates and authorities are read again.
};

// A client of one API server over sockets. It follows the files that it was loaded from: what is
// replaced there is used by the connections made from then on, within `reload`, and no call goes
// out on an older connection. A certificate whose key does not belong to it, as while a pair is
// being replaced, or a file that cannot be read, leaves what was read before in use, with one
// warning. Core thread.
class KubeClient {
 public:
  virtual ~KubeClient() = default;

  virtual KubeApi& api() = 0;
};

// Errors: kInvalidArgument naming what cannot be used. REQUIRES: the arguments that are referred to
// outlive the client, and the client its calls and streams.
base::Result<std::unique_ptr<KubeClient>> MakeKubeClient(KubeClientOptions options,
                                                         KubeAccess access,
                                                         boost::asio::any_io_executor executor,
                                                         base::Clock& clock, base::Log& log);

}  // namespace vk::kube
