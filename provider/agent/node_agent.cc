#include "provider/agent/node_agent.h"

#include <algorithm>
#include <utility>

#include "base/keyed_workers.h"
#include "provider/agent/cloud_health.h"
#include "provider/agent/feeds.h"
#include "provider/agent/group_events.h"
#include "provider/agent/input_source.h"
#include "provider/agent/pod_gc_witness.h"
#include "provider/agent/quarantine.h"
#include "provider/agent/recorded_events.h"
#include "provider/agent/startup_watch.h"
#include "provider/kube/cluster_uid.h"
#include "provider/kube/node_lease.h"
#include "provider/kube/reflector.h"

namespace vk::agent {
namespace {

using base::TimePoint;

constexpr std::chrono::seconds kCallLimit{10};
constexpr std::chrono::seconds kHealthPeriod{1};

kube::LeaseTermsOptions TermsOptions(const AgentOptions& options) {
  return {.lease = {.ns = kube::kSystemNamespace,
                    .name = "virtual-node-" + options.node.name,
                    .identity = options.process},
          .subject = "this node",
          .waiting_level = base::LogLevel::kWarning,
          .release_limit = options.settle_limit};
}

kube::EventRecorderOptions RecorderOptions(const AgentOptions& options) {
  return {.component = "virtual-node", .host = options.node.name};
}

// Appends "what (error)" to a list of what is missing.
void AddMissing(const std::string& what, const std::string& error, std::string* missing) {
  if (!missing->empty()) *missing += ", ";
  *missing += what;
  if (!error.empty()) *missing += " (" + error + ")";
}

}  // namespace

// Everything of one term of the Lease.
class NodeAgent::Session {
 public:
  // REQUIRES: `term` outlives it.
  Session(NodeAgent& agent, kube::LeaseTerm& term, base::Random random)
      : agent_(agent),
        term_(term),
        options_(agent.options_),
        tasks_(agent.executor_),
        pods_(agent.parts_.clock, agent.parts_.log),
        book_(pods_, agent.parts_.clock, agent.parts_.log),
        events_(agent.recorder_, options_.node.name),
        node_(options_.node, agent.parts_.api, events_, agent.parts_.clock, agent.parts_.log,
              random.Split("node"), agent.executor_),
        heartbeat_({.node = options_.node.name}, agent.parts_.api, agent.parts_.clock,
                   random.Split("heartbeat"), agent.parts_.log, [this] { return node_.uid(); }),
        poller_(options_.poller, options_.facts.identity, agent.parts_.cloud, pods_, book_,
                agent.parts_.clock, agent.parts_.log, agent.parts_.metrics, agent.executor_),
        group_events_(options_.facts.identity, agent.parts_.cloud, pods_, book_, events_,
                      agent.parts_.clock, agent.parts_.log, agent.parts_.metrics, agent.executor_),
        inputs_(agent.parts_.api, agent.parts_.clock, agent.parts_.log, tasks_, agent.executor_,
                options_.token_lifetime),
        sync_(options_.sync, options_.facts,
              {.cloud = agent.parts_.cloud,
               .pods = pods_,
               .book = book_,
               .poller = poller_,
               .inputs = inputs_,
               .ended_logs = agent.ended_logs_,
               .events = events_,
               .permit = term,
               .clock = agent.parts_.clock,
               .log = agent.parts_.log,
               .metrics = agent.parts_.metrics},
              MakeHooks(), random.Split("sync")),
        status_(
            options_.status, agent.parts_.api, pods_, events_,
            [this](const PodRecord& record) { return sync_.ContextOf(record); }, agent.parts_.clock,
            agent.parts_.log, agent.parts_.metrics, random.Split("status")),
        gc_witness_(events_, agent.parts_.log, [this] { return node_.age(); }),
        sync_bugs_("pod", pods_, events_, agent.parts_.clock, agent.parts_.log,
                   agent.parts_.metrics, random.Split("pod bugs")),
        status_bugs_("status", pods_, events_, agent.parts_.clock, agent.parts_.log,
                     agent.parts_.metrics, random.Split("status bugs")),
        sync_workers_(
            "pod", options_.max_active_pods,
            Contained(sync_bugs_, [this](std::string uid) { return sync_.Step(std::move(uid)); }),
            tasks_, agent.parts_.clock, agent.executor_),
        status_workers_("status", options_.max_active_patches,
                        Contained(status_bugs_,
                                  [this](std::string uid) { return status_.Step(std::move(uid)); }),
                        tasks_, agent.parts_.clock, agent.executor_),
        sweeper_(
            options_.sweeper, options_.node.name, agent.parts_.cloud, agent.parts_.api, pods_,
            book_, poller_, events_, [this] { return MayAct(); }, term, agent.parts_.clock,
            agent.parts_.log, agent.parts_.metrics),
        storage_watch_(
            options_.storage, options_.facts.identity, agent.parts_.cloud, pods_, book_, events_,
            [this] { return MayAct(); }, agent.parts_.clock, agent.parts_.log,
            agent.parts_.metrics),
        startup_watch_(pods_, events_, agent.parts_.clock),
        health_(agent.parts_.clock),
        cloud_ready_(agent.parts_.metrics.GetGauge("virtual_node_cloud_ready",
                                                   "1 while container groups can be made.")),
        pods_synced_(agent.executor_),
        pod_feed_(pods_, agent.parts_.clock, pods_synced_,
                  [this](const kube::ObjectIdentity& pod) { SkipUnreadable(pod); }),
        service_feed_(inputs_, [this] { service_reflector_.Distrust(); }),
        pod_reflector_(PodReflector("spec.nodeName=" + options_.node.name), agent.parts_.api,
                       agent.parts_.clock, random.Split("pods"), agent.parts_.log,
                       agent.parts_.metrics, pod_feed_),
        service_reflector_(ReflectorFor(kube::kServices, ""), agent.parts_.api, agent.parts_.clock,
                           random.Split("services"), agent.parts_.log, agent.parts_.metrics,
                           service_feed_),
        node_reflector_(ReflectorFor(kube::kNodes, "metadata.name=" + options_.node.name),
                        agent.parts_.api, agent.parts_.clock, random.Split("own node"),
                        agent.parts_.log, agent.parts_.metrics, node_) {
    events_.set_node(&node_);
    pods_.set_on_turned_back([this] { term_.End(); });
    pods_.set_on_change([this](const std::string& uid) {
      if (const PodRecord* const record = pods_.Find(uid)) gc_witness_.OnChange(*record);
      Poke(uid);
    });
    book_.set_on_change([this](const std::string& uid) {
      group_events_.Changed(uid);
      Poke(uid);
    });
    inputs_.set_on_arrival([this](const std::string& uid) {
      sync_.InputsArrived(uid);
      sync_workers_.Poke(uid);
    });
    poller_.set_on_poll([this](const base::Error* error) { Polled(error); });
  }

  // Until cancelled; then waits for the calls in flight, at most settle_limit. Nothing new is begun
  // meanwhile, since may_act says no.
  boost::asio::awaitable<void> Run() {
    tasks_.Spawn("node", node_.Run());
    tasks_.Spawn("heartbeat", heartbeat_.Run());
    tasks_.Spawn("own node", node_reflector_.Run());
    tasks_.Spawn("services", service_reflector_.Run());
    tasks_.Spawn("pods", pod_reflector_.Run());
    tasks_.Spawn("adopt", Adopt());
    tasks_.Spawn("health", WatchHealth());
    (void)co_await term_.WaitOver();  // Cancelled or told: the session ends either way.
    stopping_ = true;
    base::Clock& clock = agent_.parts_.clock;
    co_await kube::Settle(clock, clock.Now() + options_.settle_limit,
                          [this] { return sync_workers_.idle() && status_workers_.idle(); });
    tasks_.Cancel();
    co_await tasks_.Join();
  }

  // What waited for the Lease goes on.
  void PokeAll() {
    for (const auto& [uid, record] : pods_.records()) Poke(uid);
  }

  bool ready() const { return working_ && node_.registered(); }
  std::string WhatIsMissing() const {
    std::string missing;
    if (!node_.registered()) AddMissing("node not registered", node_.last_error(), &missing);
    if (!pods_.synced()) AddMissing("pods not listed", pod_reflector_.last_error(), &missing);
    if (!working_) AddMissing("container groups not listed", poll_error_, &missing);
    return missing;
  }
  const PodTable& pods() const { return pods_; }
  Events& events() { return events_; }

 private:
  static kube::ReflectorOptions ReflectorFor(kube::Resource resource, std::string field_selector) {
    return {.resource = resource,
            .ns = {},
            .field_selector = std::move(field_selector),
            .label_selector = {}};
  }

  // Whether the API server was restored from an older backup is told by a list alone.
  static kube::ReflectorOptions PodReflector(std::string field_selector) {
    kube::ReflectorOptions options = ReflectorFor(kube::kPods, std::move(field_selector));
    options.list_after_break = true;
    return options;
  }

  bool MayAct() const { return term_.Held() && !stopping_; }

  PodSync::Hooks MakeHooks() {
    return {.may_act = [this] { return MayAct(); },
            .on_report = [this](const std::string& uid) { status_workers_.Poke(uid); },
            .on_forget =
                [this](const std::string& uid) {
                  sync_workers_.Forget(uid);
                  status_workers_.Forget(uid);
                  sync_bugs_.Forget(uid);
                  status_bugs_.Forget(uid);
                  gc_witness_.Forget(uid);
                  startup_watch_.Forget(uid);
                },
            .on_create = [this](const base::Error* error) { health_.OnCreate(error); }};
  }

  base::KeyedWorkers::Step Contained(Quarantine& quarantine, base::KeyedWorkers::Step step) const {
    if (!options_.contain_pod_bugs) return step;
    return [&quarantine, step = std::move(step)](std::string uid) {
      return quarantine.Run(step, std::move(uid));
    };
  }

  // Nothing is decided before all pods and all groups were seen once: what is there is adopted, not
  // made again.
  boost::asio::awaitable<void> Adopt() {
    while (!pods_.synced()) {
      if (!co_await pods_synced_.Wait()) co_return;
    }
    for (const auto& [uid, record] : pods_.records()) book_.ClaimNamed(uid);
    tasks_.Spawn("poller", poller_.Run());
    tasks_.Spawn("sweeper", sweeper_.Run());
    tasks_.Spawn("storage", storage_watch_.Run());
    tasks_.Spawn("startup", startup_watch_.Run());
    tasks_.Spawn("group events", group_events_.Run());
  }

  void Polled(const base::Error* error) {
    health_.OnPoll(error);
    poll_error_ = error == nullptr ? "" : error->message;
    if (std::exchange(relist_, poller_.relist()) != poller_.relist()) {
      for (const std::string& uid : sync_.RelistWaiters()) Poke(uid);
    }
    if (working_ || !poller_.relist()) return;
    working_ = true;
    sync_workers_.Start();
    status_workers_.Start();
    PokeAll();
    agent_.parts_.log.Info("initial sync with the cluster and the cloud is complete",
                           {{"pods", std::to_string(pods_.records().size())},
                            {"groups", std::to_string(book_.owners().size())}});
  }

  void Poke(const std::string& uid) {
    if (!working_) return;
    sync_workers_.Poke(uid);
    status_workers_.Poke(uid);
  }

  // A pod that is there but cannot be read must not look like one that is gone.
  void SkipUnreadable(const kube::ObjectIdentity& pod) {
    pod_reflector_.Distrust();
    events_.OnNode(true, "UnreadablePod",
                   "The API server's answer for pod " + pod.ns + "/" + pod.name +
                       " cannot be read; the pod is left as it is until it can");
  }

  CloudTrouble ListingTrouble() const {
    if (poller_.sees()) return health_.ListingTrouble();
    return {.reason = "ListingIsEmpty",
            .message =
                "listings are empty although pods have groups; check the RAM permission "
                "eci:DescribeContainerGroups"};
  }

  boost::asio::awaitable<void> WatchHealth() {
    while (!co_await base::Cancelled()) {
      const CloudTrouble trouble = health_.Trouble();
      cloud_ready_.Set(trouble.reason.empty() ? 1 : 0);
      node_.SetCloudTrouble(trouble);
      node_.SetListingTrouble(ListingTrouble());
      (void)co_await agent_.parts_.clock.SleepUntil(agent_.parts_.clock.Now() + kHealthPeriod);
    }
  }

  NodeAgent& agent_;
  kube::LeaseTerm& term_;
  const AgentOptions& options_;
  bool stopping_ = false;
  bool working_ = false;
  std::string poll_error_;           // The last poll's; empty when it worked.
  std::optional<TimePoint> relist_;  // The last that pods waited for.
  base::TaskGroup tasks_;
  PodTable pods_;
  GroupBook book_;
  RecordedEvents events_;
  NodeController node_;
  kube::NodeLease heartbeat_;
  StatusPoller poller_;
  GroupEvents group_events_;
  InputSource inputs_;
  PodSync sync_;
  StatusManager status_;
  PodGcWitness gc_witness_;
  Quarantine sync_bugs_;
  Quarantine status_bugs_;
  base::KeyedWorkers sync_workers_;
  base::KeyedWorkers status_workers_;
  GroupSweeper sweeper_;
  StorageWatch storage_watch_;
  StartupWatch startup_watch_;
  CloudHealth health_;
  base::Gauge& cloud_ready_;
  base::Event pods_synced_;
  PodFeed pod_feed_;
  ServiceFeed service_feed_;
  kube::Reflector pod_reflector_;
  kube::Reflector service_reflector_;
  kube::Reflector node_reflector_;
};

NodeAgent::NodeAgent(AgentOptions options, Parts parts, base::Random random,
                     kube::LeaseElection::HolderIsGone holder_is_gone,
                     boost::asio::any_io_executor executor)
    : options_(std::move(options)),
      parts_(parts),
      random_(random),
      executor_(executor),
      tasks_(executor),
      terms_(TermsOptions(options_), parts.api, parts.clock, random.Split("lease"), parts.log,
             std::move(holder_is_gone),
             {.run = [this](kube::LeaseTerm* term) { return RunSession(term); },
              .on_held =
                  [this] {
                    if (session_) session_->PokeAll();
                  }},
             executor),
      recorder_(RecorderOptions(options_), parts.api, parts.clock, random.Split("events"),
                parts.log, parts.metrics, executor),
      ended_logs_(parts.cloud, parts.clock, parts.log) {}

NodeAgent::~NodeAgent() = default;

bool NodeAgent::ready() const { return session_ && session_->ready(); }

std::string NodeAgent::WhatIsMissing() const {
  if (session_) return session_->WhatIsMissing();
  std::string missing;
  if (!cluster_read_) {
    AddMissing("namespace kube-system not read", cluster_error_, &missing);
  } else {
    const std::string& other = terms_.other_holder();
    AddMissing("lease of this node not held", other.empty() ? "" : other + " has it", &missing);
  }
  return missing;
}

const PodTable* NodeAgent::pods() const { return session_ ? &session_->pods() : nullptr; }

void NodeAgent::WarnOnNode(const std::string& reason, const std::string& message) {
  if (session_) session_->events().OnNode(true, reason, message);
}

boost::asio::awaitable<void> NodeAgent::Run() {
  if (!co_await ReadCluster()) co_return;  // Its only error is a cancellation.
  tasks_.Spawn("events", recorder_.Run());
  co_await terms_.Run();
  tasks_.Cancel();
  co_await tasks_.Join();
}

boost::asio::awaitable<base::Status> NodeAgent::ReadCluster() {
  VK_CO_TRY(uid, co_await kube::ReadClusterUid(
                     parts_.api, parts_.clock, kCallLimit, [this](const base::Error& error) {
                       cluster_error_ = error.message;
                       parts_.log.Warn("cannot read the UID of namespace kube-system",
                                       {{"error", error.message}});
                     }));
  cluster_read_ = true;
  translate::GroupIdentity& node = options_.facts.identity;
  node.kube_system_uid = uid;
  if (node.cluster_id.empty()) node.cluster_id = uid;
  if (options_.node.cluster_id.empty()) options_.node.cluster_id = node.cluster_id;
  co_return base::Status();
}

boost::asio::awaitable<void> NodeAgent::RunSession(kube::LeaseTerm* term) {
  session_ = std::make_unique<Session>(*this, *term, random_.Split("session"));
  co_await session_->Run();
  session_.reset();
}

}  // namespace vk::agent
