#include "test/simulation/agent_process.h"

#include "eci_client/channel/rate_limit_channel.h"
#include "eci_client/channel/retry_channel.h"

namespace vk::simulation {
namespace {

agent::AgentOptions MakeOptions(const AgentProcess::Options& options) {
  agent::AgentOptions agent;
  agent.process = options.process;
  agent.facts.identity.cluster_id = options.cluster_id;
  agent.facts.identity.node_name = options.node;
  agent.facts.node_ip = "192.0.2.7";
  agent.facts.region = "cn-hangzhou";
  agent.facts.v_switch_ids = {"vsw-1"};
  agent.facts.security_group_ids = {"sg-1"};
  agent.facts.cluster_domain = "cluster.local";
  agent.node.name = options.node;
  agent.node.ip = "192.0.2.7";
  agent.node.region = "cn-hangzhou";
  agent.node.version = "v1.36.0";
  agent.status.node_ip = "192.0.2.7";
  return agent;
}

}  // namespace

AgentProcess::AgentProcess(Options options, World world, base::Random random)
    : options_(std::move(options)),
      io_(std::make_unique<KillableContext>()),
      clock_(world.timeline, *io_),
      log_(options_.process, world.trace),
      random_(random),
      api_(std::make_unique<kube::FakeKubeClient>(world.kube, io_->get_executor(), clock_,
                                                  world.kube_faults)),
      traced_api_(
          std::make_unique<KubeLink>(*api_, world.trace, options_.process, world.kube_witness)) {
  auto link =
      std::make_unique<CloudLink>(world.cloud, options_.key, world.network, world.trace,
                                  world.witness, world.on_lost_reply, clock_, random.Split("link"));
  link_ = link.get();
  auto limited = std::make_unique<eci::RateLimitChannel>(eci::RateLimitOptions{}, std::move(link),
                                                         clock_, io_->get_executor());
  channel_ = std::make_unique<eci::RetryChannel>(
      eci::RetryOptions{}, std::move(limited), clock_, random_,
      [](const eci::Rpc&, const base::Error&, eci::RetryVerdict) {});
  cloud_ = std::make_unique<eci::EciClient>(*channel_, "cn-hangzhou");
  agent_ = std::make_unique<agent::NodeAgent>(
      MakeOptions(options_),
      agent::NodeAgent::Parts{
          .api = *traced_api_, .cloud = *cloud_, .clock = clock_, .log = log_, .metrics = metrics_},
      random.Split("agent"), world.holder_is_gone, io_->get_executor());
  tasks_ = std::make_unique<base::TaskGroup>(io_->get_executor());
  tasks_->Spawn("agent", agent_->Run());
}

// The order of a kill: whatever the process could still reach lets go of it, its frames unwind,
// then its objects go.
AgentProcess::~AgentProcess() {
  api_->Detach();
  link_->Detach();
  clock_.Detach();
  io_->shutdown();
  tasks_.reset();
  agent_.reset();
  cloud_.reset();
  channel_.reset();
  traced_api_.reset();
  api_.reset();
  io_.reset();
}

bool AgentProcess::Step() {
  io_->restart();
  return io_->poll_one() > 0;
}

}  // namespace vk::simulation
