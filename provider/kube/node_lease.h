#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "provider/kube/kube_api.h"

namespace vk::kube {

struct NodeLeaseOptions {
  std::string node;
  std::string ns = "kube-node-lease";
  std::chrono::seconds duration{40};
  std::chrono::seconds interval{10};
  std::chrono::seconds call_limit{10};
  base::ExponentialBackoff backoff{.cap = std::chrono::seconds(7)};  // After a failure.
};

// The node's heartbeat: a Lease with the node's name, renewed every 10 s whatever else fails. The
// node-lifecycle controller calls a node dead when it was not renewed for 40 to 50 s. It names the
// Node as its owner as soon as that exists, so that it is collected with it, and follows a Node
// that was made anew.
class NodeLease {
 public:
  // The UID of the present Node object; empty while there is none.
  using NodeUid = std::function<std::string()>;

  // REQUIRES: everything referred to outlives Run.
  NodeLease(NodeLeaseOptions options, KubeApi& api, base::Clock& clock, base::Random random,
            base::Log& log, NodeUid node_uid);

  // Returns when cancelled. Called once.
  boost::asio::awaitable<void> Run();

  // When the last successful renewal was sent; min() before the first.
  base::TimePoint last_renewed() const { return last_renewed_; }

 private:
  boost::asio::awaitable<base::Status> Renew();
  boost::asio::awaitable<base::Status> WriteOnce();

  const NodeLeaseOptions options_;
  KubeApi& api_;
  base::Clock& clock_;
  base::Random random_;
  base::Log& log_;
  NodeUid node_uid_;
  std::string stored_;  // The lease as the server returned it last; empty: read it first.
  base::TimePoint last_renewed_ = base::TimePoint::min();
};

}  // namespace vk::kube
