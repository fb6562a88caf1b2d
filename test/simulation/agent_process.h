#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/random.h"
#include "base/task_group.h"
#include "eci_client/eci_client.h"
#include "provider/agent/node_agent.h"
#include "provider/kube/testing/fake_kube_client.h"
#include "test/simulation/cloud_link.h"
#include "test/simulation/event_trace.h"
#include "test/simulation/kube_link.h"
#include "test/simulation/timeline.h"

namespace vk::simulation {

// One run of the agent as a process of its own: context, clock, connections, agent. Killed at any
// step, it leaves nothing but the effects it had.
class AgentProcess {
 public:
  struct World {
    const Timeline& timeline;
    EventTrace& trace;
    kube::FakeKube& kube;
    kube::FakeKubeFaults& kube_faults;
    fake::Cloud& cloud;
    const CloudLink::Network& network;
    std::function<void()> on_lost_reply;
    CloudLink::Witness witness;
    KubeLink::Witness kube_witness;
    kube::LeaseElection::HolderIsGone holder_is_gone;
  };
  struct Options {
    std::string process;  // Unique among all processes of the run.
    std::string node;
    std::string cluster_id;
    std::string key;  // Access key.
  };

  AgentProcess(Options options, World world, base::Random random);
  ~AgentProcess();

  // Lets one ready handler run; false when none is.
  bool Step();
  base::TimePoint NextWake() const { return clock_.Next(); }
  void WakeDue() { clock_.WakeDue(); }

  // The orderly end, as by SIGTERM.
  void Terminate() { tasks_->Cancel(); }
  bool ended() const { return tasks_->size() == 0; }
  bool ready() const { return agent_->ready(); }
  const std::string& name() const { return options_.process; }
  kube::FakeKubeClient& api() { return *api_; }

 private:
  const Options options_;
  std::unique_ptr<KillableContext> io_;
  SimulatedClock clock_;
  TraceLog log_;
  base::Metrics metrics_;
  base::Random random_;
  std::unique_ptr<kube::FakeKubeClient> api_;
  std::unique_ptr<KubeLink> traced_api_;
  CloudLink* link_ = nullptr;  // The innermost channel.
  std::unique_ptr<eci::RpcChannel> channel_;
  std::unique_ptr<eci::EciClient> cloud_;
  std::unique_ptr<agent::NodeAgent> agent_;
  std::unique_ptr<base::TaskGroup> tasks_;
};

}  // namespace vk::simulation
