#include "test/simulation/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "test/simulation/world_names.h"

namespace vk::simulation {
namespace {

using namespace std::chrono_literals;
using base::TimePoint;

constexpr std::uint64_t kStepLimit = 3'000'000;
// For everything to settle after the last fault: a pod may wait until the cloud has forgotten a
// ClientToken whose group is gone.
constexpr auto kPatience = 13h;
constexpr auto kQuietTail = 5s;  // Watched on after it has settled.

fake::CloudOptions DrawCloud(const RunOptions& run, base::Random random) {
  fake::CloudOptions options;
  options.flow_limits = false;
  options.latency.start =
      fake::Distribution({{0, 200ms}, {1, run.drawn() ? 8s : run.starts_within}});
  options.latency.scheduling_share = 0.3;
  options.latency.ending = fake::Distribution({{0, 10ms}, {1, 500ms}});
  if (!run.drawn()) return options;
  options.behaviours.deleted_shown = random.Chance(0.5) ? 60s : 0s;
  options.behaviours.listing_lag =
      random.Chance(0.3) ? std::chrono::milliseconds(random.Between(0, 5000)) : 0ms;
  options.behaviours.no_stock_is_asynchronous = random.Chance(0.5);
  base::Random lag = random.Split("lag");
  if (options.behaviours.listing_lag == 0ms && lag.Chance(kUsual))
    options.behaviours.listing_lag = std::chrono::milliseconds(lag.Between(200, 5000));
  return options;
}

}  // namespace

World::World(RunOptions options)
    : options_(options),
      random_(options.seed),
      schedule_(random_.Split("schedule")),
      trace_(timeline_, options.events_kept),
      cloud_clock_(timeline_, cloud_io_),
      cloud_(std::make_unique<fake::Cloud>(DrawCloud(options, random_.Split("cloud options")),
                                           cloud_clock_, random_.Split("cloud"))),
      cluster_id_(options.drawn() && random_.Split("cluster id").Chance(0.3) ? "" : "c1"),
      start_(timeline_.now()),
      faults_end_(start_ + kFaultSpan) {
  const auto violate = [this](const std::string& what) { Violate(what); };
  cluster_ =
      std::make_unique<Cluster>("cluster", timeline_, trace_, random_.Split("cluster"), violate);
  AddMachine(*cluster_, kKey, 0s);
  MakeForeignGroups();
  PlayScenario();
  if (options_.kill_at) kill_steps_.insert(*options_.kill_at);
}

World::~World() {
  machines_.clear();
  cloud_clock_.Detach();
}

void World::At(std::chrono::nanoseconds after_start, std::function<void()> what) {
  script_.emplace(start_ + after_start, std::move(what));
}

void World::AddMachine(Cluster& cluster, const std::string& key, std::chrono::nanoseconds start) {
  const std::size_t index = machines_.size();
  machines_.push_back(
      {.options = {.process = {}, .node = kNode, .cluster_id = cluster_id_, .key = key},
       .cluster = &cluster,
       .process = nullptr});
  At(start, [this, index] { StartProcess(index); });
}

void World::StartProcess(std::size_t machine) {
  Machine& place = machines_[machine];
  if (place.process) return;
  place.options.process = fmt::format("machine{}-run{}", machine, ++starts_);
  trace_.Note("start " + place.options.process);
  place.process = std::make_unique<AgentProcess>(
      place.options,
      AgentProcess::World{
          .timeline = timeline_,
          .trace = trace_,
          .kube = place.cluster->server(),
          .kube_faults = *place.cluster,
          .cloud = *cloud_,
          .network = network_,
          .on_lost_reply = [this] { ++lost_replies_; },
          .witness =
              [this, process = place.options.process, cluster = place.cluster](
                  std::string_view action, const google::protobuf::Message& request) {
                Witness(process, *cluster, action, request);
              },
          .kube_witness =
              [this](std::string_view verb, const kube::Resource& resource,
                     const kube::ObjectKey& key,
                     std::string_view body) { ledger_.NoteKubeCall(verb, resource, key, body); },
          // Only a process of the same machine can be known to be gone.
          .holder_is_gone =
              [this, machine](std::string_view holder) {
                const std::string prefix = fmt::format("machine{}-", machine);
                return holder.starts_with(prefix) && dead_.contains(std::string(holder));
              }},
      random_.Split(place.options.process));
}

void World::Kill(std::size_t machine) {
  Machine& place = machines_[machine];
  if (!place.process) return;
  trace_.Note(fmt::format("kill {} at step {}", place.process->name(), steps_));
  dead_.insert(place.process->name());
  place.process.reset();
  ForgetDeletes();
  ++kills_;
  const auto pause =
      std::chrono::milliseconds(schedule_.Between(0, schedule_.Chance(0.5) ? 500 : 20'000));
  script_.emplace(timeline_.now() + pause, [this, machine] { StartProcess(machine); });
}

void World::ForgetDeletes() {
  for (const fake::GroupRecord& group : cloud_->groups()) {
    const std::string uid = UidOf(group);
    Cluster* const owner = group.deletes.empty() ? nullptr : OwnerOf(uid);
    if (owner == nullptr) continue;
    const WitnessedPod& pod = owner->pods().at(uid);
    if (pod.exists && pod.deleting && !pod.terminal()) owner->NoteDeleteForgotten(uid);
  }
}

void World::Move(std::size_t machine, Cluster& cluster) {
  trace_.Note(fmt::format("machine{} moves", machine));
  Kill(machine);
  machines_[machine].cluster = &cluster;
}

void World::DeletePod(const std::string& name, bool force) {
  ledger_.NoteDeletion(name);
  cluster_->DeletePod(name, force);
}

void World::Stop() {
  trace_.Note("everything but the cloud stands still");
  timeline_.MoveTo(timeline_.now() + stop_);
  stopped_ += stop_;
  // An agent that goes on without having polled first shows itself while nobody can look.
  script_.emplace(timeline_.now() + 1ms, [this] {
    for (const char* const action : {"DescribeContainerGroupStatus", "DescribeContainerGroups"})
      cloud_->faults().Add({.action = action, .caller = kKey});
  });
  script_.emplace(timeline_.now() + 20s, [this] { EndFaults(); });
  faults_end_ = std::max(faults_end_, timeline_.now() + 20s);
}

// The groups that are to fail to start do so as soon as they are placed.
void World::FailGroups() {
  for (const fake::GroupRecord& group : cloud_->groups()) {
    if (group.transitions.back().status != "Pending") continue;
    const auto pod = cluster_->pods().find(UidOf(group));
    if (pod == cluster_->pods().end() ||
        failed_groups_[pod->first] >= pod->second.plan.failing_groups)
      continue;
    ++failed_groups_[pod->first];
    trace_.Note("group " + group.id + " fails");
    (void)cloud_->Fail(group.id, "ImagePullFailed");
  }
}

void World::EndFaults() {
  trace_.Note("faults end");
  network_ = {};
  for (Cluster* const cluster : {cluster_.get(), other_cluster_.get()}) {
    if (cluster != nullptr) cluster->faults() = {};
  }
  cloud_->faults().Clear();
  cloud_->stock().Clear();
  kill_steps_.clear();
}

RunReport World::Run() {
  std::optional<TimePoint> settled;
  while (steps_ < kStepLimit) {
    while (!script_.empty() && script_.begin()->first <= timeline_.now()) {
      const auto next = script_.extract(script_.begin());
      next.mapped()();
    }
    if (cloud_->NextChange() <= timeline_.now()) {
      cloud_->Apply(timeline_.now());
      FailGroups();
    }
    if (StepOneProcess()) continue;
    if (!violations_.empty()) break;
    if (!Unsettled().empty()) {
      settled.reset();
    } else if (!settled) {
      settled = timeline_.now();
    } else if (timeline_.now() - *settled > kQuietTail) {
      break;
    }
    if (timeline_.now() > faults_end_ + kPatience) {
      Violate("it has not settled long after the last fault: " + Unsettled());
      break;
    }
    if (!Advance()) break;
  }
  if (steps_ >= kStepLimit) Violate("step limit: a live-lock");
  CheckCallsInAll();
  CheckGroups();
  return {.violations = violations_,
          .steps = steps_,
          .hash = trace_.hash(),
          .last_events = violations_.empty() ? std::string() : trace_.Text(),
          .groups = cloud_->groups().size(),
          .kills = kills_,
          .lost_replies = lost_replies_,
          .late_listings = late_listings_,
          .pod_calls = ledger_.pods()};
}

bool World::StepOneProcess() {
  const std::size_t count = machines_.size();
  const auto first =
      static_cast<std::size_t>(schedule_.Between(0, static_cast<std::int64_t>(count) - 1));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t machine = (first + i) % count;
    Machine& place = machines_[machine];
    if (!place.process || timeline_.now() < place.frozen_until || !place.process->Step()) continue;
    ++steps_;
    if (kill_steps_.contains(steps_)) Kill(machine);
    return true;
  }
  return false;
}

bool World::Advance() {
  TimePoint next = cloud_->NextChange();
  if (!script_.empty()) next = std::min(next, script_.begin()->first);
  for (const Machine& machine : machines_) {
    if (!machine.process) continue;
    const bool frozen = timeline_.now() < machine.frozen_until;
    next = std::min(next, frozen ? machine.frozen_until : machine.process->NextWake());
  }
  if (next == TimePoint::max()) {
    Violate("nothing is left to happen");
    return false;
  }
  // A machine may stall before it wakes.
  if (options_.drawn() && schedule_.Chance(0.02))
    next += std::chrono::milliseconds(schedule_.Between(0, 50));
  timeline_.MoveTo(next);
  for (const Machine& machine : machines_) {
    if (machine.process && timeline_.now() >= machine.frozen_until) machine.process->WakeDue();
  }
  return true;
}

void World::Violate(const std::string& what) {
  trace_.Note("VIOLATION " + what);
  violations_.push_back(what);
}

}  // namespace vk::simulation
