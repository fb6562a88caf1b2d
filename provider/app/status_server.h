#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/http/server.h"
#include "base/log.h"
#include "base/metrics.h"
#include "eci_client/eci_api.h"
#include "provider/agent/node_agent.h"
#include "provider/config/options.h"

namespace vk::app {

struct ServerParts {
  const config::Options& options;
  base::Clock& clock;
  base::Log& log;
  base::Metrics& metrics;
};

// The two servers of the program: the node's HTTPS API on --kubelet-listen, and /healthz, /readyz
// and /metrics over plain HTTP on
// --metrics-listen. Listen from StartServers on; the HTTPS API answers 503 until Serve gives it
// something to serve. A pair that is replaced in --kubelet-cert and --kubelet-key is shown within
// ten seconds.
class Servers {
 public:
  virtual ~Servers() = default;

  virtual std::string kubelet_address() const = 0;
  virtual int kubelet_port() const = 0;
  virtual std::string metrics_address() const = 0;

  // REQUIRES: the arguments outlive Stop.
  virtual void Serve(agent::NodeAgent& agent, kube::KubeApi& api, eci::EciApi& cloud) = 0;

  virtual boost::asio::awaitable<void> Stop() = 0;
};

// `missing` says what /readyz waits for; empty when the program is ready. Errors: kInvalidArgument
// and kUnavailable, naming the flag whose address cannot be listened on.
base::Result<std::unique_ptr<Servers>> StartServers(ServerParts parts,
                                                    std::function<std::string()> missing,
                                                    boost::asio::any_io_executor executor);

}  // namespace vk::app
