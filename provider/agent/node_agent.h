#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/task_group.h"
#include "eci_client/eci_api.h"
#include "provider/agent/ended_logs.h"
#include "provider/agent/group_sweeper.h"
#include "provider/agent/node_controller.h"
#include "provider/agent/pod_sync.h"
#include "provider/agent/status_manager.h"
#include "provider/agent/status_poller.h"
#include "provider/agent/storage_watch.h"
#include "provider/kube/event_recorder.h"
#include "provider/kube/lease_term.h"
#include "provider/translate/plan.h"

namespace vk::agent {

struct AgentOptions {
  translate::NodeFacts
      facts;  // identity.node_name set; an empty cluster_id takes the UID of namespace kube-system.
  NodeOptions node;
  PollerOptions poller;
  PodSyncOptions sync;
  StatusOptions status;
  SweeperOptions sweeper;
  StorageWatchOptions storage;
  std::chrono::seconds token_lifetime = std::chrono::hours(24);  // See InputSource.
  std::string process;                // Holder identity of the process Lease, unique per process.
  std::size_t max_active_pods = 256;  // Pods that are worked on at the same time.
  std::size_t max_active_patches = 24;
  // An exception in the work on one pod quarantines that pod instead of ending the process
  // (docs/ownership.md §7). Off for tests, which must see the bug.
  bool contain_pod_bugs = false;
  std::chrono::seconds settle_limit{5};  // At the end, for calls in flight (docs/ownership.md §5).
};

// The whole agent of one virtual node, on one context's thread: holds the process Lease, registers
// the node, adopts what is there, and brings pods and groups together until it is cancelled.
// Everything of one term of the Lease lives in a session; when somebody else had the Lease in
// between, what was known is dropped and read anew.
class NodeAgent final {
 public:
  // What it works with; all outlive Run.
  struct Parts {
    kube::KubeApi& api;
    eci::EciApi& cloud;
    base::Clock& clock;
    base::Log& log;
    base::Metrics& metrics;
  };

  NodeAgent(AgentOptions options, Parts parts, base::Random random,
            kube::LeaseElection::HolderIsGone holder_is_gone,
            boost::asio::any_io_executor executor);
  ~NodeAgent();

  // Runs until cancelled; then settles the calls in flight, gives the Lease back and returns. Pods,
  // groups and Node stay.
  boost::asio::awaitable<void> Run();

  // True once the node is registered, all pods were seen and the first listing of the groups was
  // adopted.
  bool ready() const;

  // For people: what of that is missing, each with the last error that kept it away; empty when
  // ready.
  std::string WhatIsMissing() const;

  // The pods of the present session, by UID; null while there is none. For readers on the core
  // thread, between two awaits.
  const PodTable* pods() const;

  // The logs of groups that were ended while their pods stay.
  const EndedLogs& ended_logs() const { return ended_logs_; }

  // For events of others in the process; writes while Run does.
  kube::EventRecorder& recorder() { return recorder_; }

  // A warning about the node from elsewhere in the process, as an event; lost while there is no
  // session. Rarely, please: the API server takes few events of one object.
  void WarnOnNode(const std::string& reason, const std::string& message);

 private:
  class Session;

  boost::asio::awaitable<base::Status> ReadCluster();
  boost::asio::awaitable<void> RunSession(kube::LeaseTerm* term);

  AgentOptions options_;
  Parts parts_;
  base::Random random_;
  boost::asio::any_io_executor executor_;
  base::TaskGroup tasks_;
  kube::LeaseTerms terms_;
  kube::EventRecorder recorder_;
  EndedLogs ended_logs_;
  std::unique_ptr<Session> session_;
  bool cluster_read_ = false;
  std::string cluster_error_;
};

}  // namespace vk::agent
