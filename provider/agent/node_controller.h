#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "provider/agent/events.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/reflector.h"

namespace k8s::io::api::core::v1 {
class Node;
class NodeStatus;
}  // namespace k8s::io::api::core::v1

namespace vk::agent {

struct NodeOptions {
  std::string name;
  std::string ip;
  int kubelet_port = 10250;
  std::string cluster_id;  // In the providerID eci-vnode://<cluster>/<node>.
  std::string region;
  std::string zone;  // Empty: no zone labels.
  std::string os = "linux";
  std::string arch = "amd64";
  std::string cpu = "10000";
  std::string memory = "40Ti";
  std::string pods = "5000";
  std::string gpus;  // The quantity of nvidia.com/gpu; empty: nothing is said of them.
  std::string ephemeral_storage = "40Ti";
  std::string version;  // kubeletVersion; a semantic version.
  std::string taint_key = "virtual-kubelet.io/provider";
  std::string taint_value = "alibabacloud";
  std::chrono::seconds status_period{300};  // A status is sent at least this often.
  std::chrono::seconds check_period{10};
};

// Why something of the cloud does not work at the moment; reason is empty while it does.
struct CloudTrouble {
  std::string reason;  // "InvalidAccessKeyId.NotFound"
  std::string message;
  bool unknown = false;  // Whether it works cannot be told; the condition is Unknown, not False.

  bool operator==(const CloudTrouble&) const = default;
};

// CloudListing before the first listing has worked.
CloudTrouble NoListingYet();

// The only writer of the Node: registers it, Ready in the first write, makes it again within a
// second when somebody deletes it, keeps its labels, taints and conditions (Kubernetes:
// pkg/kubelet/kubelet_node_status.go; docs/ownership.md §7). Whatever the cloud does, lease and
// Ready=True go on. Core thread.
class NodeController final : public kube::ReflectorSink {
 public:
  NodeController(NodeOptions options, kube::KubeApi& api, Events& events, base::Clock& clock,
                 base::Log& log, base::Random random, boost::asio::any_io_executor executor);
  ~NodeController() override;

  // Registers, then keeps the node until cancelled.
  boost::asio::awaitable<void> Run();

  // Condition CloudReady with taint virtual-kubelet.io/cloud-unavailable:NoSchedule, and condition
  // CloudListing, which tells that what is known of the groups may be old. A listing that cannot be
  // told about, as the first one until it ends, is no event.
  void SetCloudTrouble(CloudTrouble trouble);
  void SetListingTrouble(CloudTrouble trouble);

  // True while the API server is known to have the Node.
  bool registered() const { return node_ != nullptr; }
  // Why the last write failed; empty when it did not.
  const std::string& last_error() const { return last_error_; }
  // The Node's UID; empty while it is not registered.
  std::string uid() const;
  const std::string& name() const { return options_.name; }
  // How long ago it was made; unset while the API server is not known to have it.
  std::optional<std::chrono::seconds> age() const;

  void OnListBegin() override { seen_in_list_ = false; }
  void OnListPage(std::vector<kube::ListedObject> page) override;
  void OnListEnd(bool complete) override;
  void OnEvent(const kube::ObjectIdentity& identity, kube::WatchEvent event) override;

 private:
  using Node = k8s::io::api::core::v1::Node;

  boost::asio::awaitable<base::Status> Register();
  boost::asio::awaitable<base::Status> Maintain();
  Node MakeNode() const;
  void SetLabels(Node* node) const;
  void SetTaints(Node* node) const;
  void SetStatus(Node* node, bool heartbeat) const;
  void SetCondition(k8s::io::api::core::v1::NodeStatus* status, const std::string& type,
                    const std::string& value, const std::string& reason, const std::string& message,
                    bool heartbeat) const;
  void Store(const std::string& bytes);
  void Lost();

  const NodeOptions options_;
  kube::KubeApi& api_;
  Events& events_;
  base::Clock& clock_;
  base::Log& log_;
  base::Random random_;
  base::Event changed_;
  std::unique_ptr<Node> node_;  // As the API server shows it; null while it has none.
  std::string last_error_;
  bool registered_once_ = false;
  bool seen_in_list_ = false;
  std::optional<base::TimePoint> last_status_;  // Unset: the next one is due.
  CloudTrouble trouble_;
  CloudTrouble listing_trouble_ = NoListingYet();
  bool listing_failure_told_ = false;
};

}  // namespace vk::agent
