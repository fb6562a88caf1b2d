#include "test/simulation/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "proto/eci/v1/container_group.pb.h"
#include "provider/translate/pod_to_group.h"

namespace vk::simulation {
namespace {

using namespace std::chrono_literals;
using base::TimePoint;

constexpr char kNode[] = "vk";
constexpr char kClusterId[] = "c1";
constexpr char kKey[] = "our-key";
constexpr char kForeignKey[] = "foreign-key";
constexpr std::uint64_t kStepLimit = 3'000'000;
constexpr auto kFaultSpan = 60s;   // Faults are drawn within it.
constexpr auto kPatience = 40min;  // For everything to settle after the last fault.
constexpr auto kQuietTail = 5s;    // Watched on after it has settled.

// The key of the tag that holds a pod's UID.
std::string UidTag() {
  for (const eci::v1::Tag& tag : translate::IdentityTags({.pod_uid = "find-me"})) {
    if (tag.value() == "find-me") return tag.key();
  }
  return {};
}

std::string UidOf(const fake::GroupRecord& group) {
  static const std::string kTag = UidTag();
  const auto tag = group.tags.find(kTag);
  return tag == group.tags.end() ? std::string() : tag->second;
}

fake::CloudOptions DrawCloud(base::Random random, bool quiet) {
  fake::CloudOptions options;
  options.flow_limits = false;
  options.latency.start =
      fake::Distribution({{0, 200ms}, {1, std::chrono::seconds(quiet ? 1 : 8)}});
  options.latency.scheduling_share = 0.3;
  options.latency.ending = fake::Distribution({{0, 10ms}, {1, 500ms}});
  if (quiet) return options;
  options.behaviours.deleted_shown = random.Chance(0.5) ? 60s : 0s;
  options.behaviours.listing_lag =
      random.Chance(0.3) ? std::chrono::milliseconds(random.Between(0, 5000)) : 0ms;
  options.behaviours.no_stock_is_asynchronous = random.Chance(0.5);
  return options;
}

}  // namespace

World::World(RunOptions options)
    : options_(options),
      random_(options.seed),
      schedule_(random_.Split("schedule")),
      trace_(timeline_),
      cloud_clock_(timeline_, cloud_io_),
      cloud_(std::make_unique<fake::Cloud>(DrawCloud(random_.Split("cloud options"), options.quiet),
                                           cloud_clock_, random_.Split("cloud"))),
      start_(timeline_.now()),
      faults_end_(start_ + kFaultSpan) {
  const auto violate = [this](const std::string& what) { Violate(what); };
  cluster_ =
      std::make_unique<Cluster>("cluster", timeline_, trace_, random_.Split("cluster"), violate);
  AddMachine(*cluster_, kKey, 0s);
  MakeForeignGroup();
  DrawWorkload();
  if (!options_.quiet) {
    DrawFaults();
    DrawCloudFaults();
    DrawKills();
  }
  if (options_.kill_at) kill_steps_.insert(*options_.kill_at);
}

World::~World() {
  machines_.clear();
  cloud_clock_.Detach();
}

void World::At(std::chrono::nanoseconds after_start, std::function<void()> what) {
  script_.emplace(start_ + after_start, std::move(what));
}

void World::DrawWorkload() {
  base::Random random = random_.Split("workload");
  const auto pods = options_.quiet ? 1 : random.Between(1, 6);
  for (std::int64_t i = 0; i < pods; ++i) {
    PodPlan plan{.name = fmt::format("pod-{}", i), .run_seconds = std::nullopt};
    if (!options_.quiet && random.Chance(0.5))
      plan.run_seconds = static_cast<int>(random.Between(1, 30));
    if (random.Chance(0.4)) plan.exit_code = static_cast<int>(random.Between(1, 3));
    plan.grace = static_cast<int>(random.Between(1, 30));
    const auto born = options_.quiet ? 0ms : std::chrono::milliseconds(random.Between(0, 20'000));
    At(born, [this, plan] { cluster_->CreatePod(plan, kNode); });
    if (!options_.quiet && !random.Chance(0.6)) continue;
    const auto deleted =
        born + (options_.quiet ? 5000ms : std::chrono::milliseconds(random.Between(0, 40'000)));
    const bool force = !options_.quiet && random.Chance(0.25);
    At(deleted, [this, plan, force] { cluster_->DeletePod(plan.name, force); });
    if (options_.quiet || !random.Chance(0.4)) continue;
    const auto again = deleted + std::chrono::milliseconds(random.Between(0, 15'000));
    At(again, [this, plan] {
      if (!cluster_->HasPod(plan.name)) cluster_->CreatePod(plan, kNode);
    });
  }
  if (!options_.quiet && random.Chance(0.15)) {
    // Another cluster in the same account, with the same cluster id and node name.
    other_cluster_ =
        std::make_unique<Cluster>("other", timeline_, trace_, random_.Split("other cluster"),
                                  [this](const std::string& what) { Violate(what); });
    AddMachine(*other_cluster_, kKey, 1s);
    At(2s, [this] {
      other_cluster_->CreatePod({.name = "pod-0", .run_seconds = std::nullopt}, kNode);
    });
  }
}

void World::DrawFaults() {
  base::Random random = random_.Split("faults");
  if (random.Chance(0.6)) {
    network_.lost_request = random.Fraction() * 0.15;
    network_.lost_reply = random.Fraction() * 0.25;
    network_.slowest = std::chrono::milliseconds(random.Between(1, 300));
  }
  if (random.Chance(0.6)) {
    cluster_->faults() = {.error = random.Fraction() * 0.15,
                          .lost_reply = random.Fraction() * 0.15,
                          .broken_watch = random.Fraction() * 0.1,
                          .slowest = std::chrono::milliseconds(random.Between(1, 200))};
  }
  const auto moment = [&random] { return std::chrono::milliseconds(random.Between(1000, 50'000)); };
  if (random.Chance(0.2)) At(moment(), [this] { cluster_->DeleteNode(kNode); });
  if (random.Chance(0.2)) At(moment(), [this] { cluster_->server().Compact(); });
  if (random.Chance(0.2))
    At(moment(),
       [this, by = random.Between(-7200, 7200)] { timeline_.JumpWall(std::chrono::seconds(by)); });
  if (random.Chance(0.2)) {
    At(moment(), [this] {
      if (machines_[0].process) machines_[0].process->api().BreakWatches();
    });
  }
  At(kFaultSpan, [this] { EndFaults(); });
}

void World::DrawCloudFaults() {
  base::Random random = random_.Split("cloud faults");
  const std::pair<const char*, const char*> kErrors[] = {
      {"CreateContainerGroup", "ServiceUnavailable"},
      {"CreateContainerGroup", "OperationDenied.NoStock"},
      {"CreateContainerGroup", "Throttling.User"},
      {"CreateContainerGroup", "Forbidden.RAM"},
      {"DeleteContainerGroup", "InternalError"},
      {"DeleteContainerGroup", "IncorrectStatus"},
      {"", "ServiceUnavailable"}};
  for (const auto& [action, code] : kErrors) {
    if (!random.Chance(0.15)) continue;
    fake::FaultRule rule{.action = action, .caller = kKey};
    rule.code = code;
    rule.kind = random.Chance(0.3) ? fake::FaultKind::kErrorAfter : fake::FaultKind::kError;
    // A business error after the effect is a lie that no cloud tells.
    if (rule.code != "ServiceUnavailable" && rule.code != "InternalError")
      rule.kind = fake::FaultKind::kError;
    rule.probability = random.Fraction() * 0.7;
    cloud_->faults().Add(rule);
  }
  if (random.Chance(0.15)) {
    const auto from = std::chrono::milliseconds(random.Between(0, 30'000));
    At(from, [this] {
      cloud_->faults().Add({.action = "", .caller = kKey, .kind = fake::FaultKind::kEmptyListing});
    });
  }
}

void World::DrawKills() {
  base::Random random = random_.Split("kills");
  const auto kills = random.Chance(0.6) ? random.Between(1, 3) : 0;
  for (std::int64_t i = 0; i < kills; ++i)
    kill_steps_.insert(static_cast<std::uint64_t>(random.Between(1, 5000)));
  if (random.Chance(0.15))
    AddMachine(*cluster_, kKey, std::chrono::milliseconds(random.Between(0, 30'000)));
}

void World::AddMachine(Cluster& cluster, const std::string& key, std::chrono::nanoseconds start) {
  const std::size_t index = machines_.size();
  machines_.push_back(
      {.options = {.process = {}, .node = kNode, .cluster_id = kClusterId, .key = key},
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
          .witness = [this](std::string_view action,
                            const google::protobuf::Message& request) { Witness(action, request); },
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
  ++kills_;
  const auto pause =
      std::chrono::milliseconds(schedule_.Between(0, schedule_.Chance(0.5) ? 500 : 20'000));
  script_.emplace(timeline_.now() + pause, [this, machine] { StartProcess(machine); });
}

void World::EndFaults() {
  trace_.Note("faults end");
  network_ = {};
  for (Cluster* const cluster : {cluster_.get(), other_cluster_.get()}) {
    if (cluster != nullptr) cluster->faults() = {};
  }
  cloud_->faults().Clear();
  kill_steps_.clear();
}

void World::MakeForeignGroup() {
  eci::v1::CreateContainerGroupRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_container_group_name("somebody-elses");
  request.set_v_switch_id("vsw-1");
  request.set_security_group_id("sg-1");
  auto& container = *request.add_container();
  container.set_name("main");
  container.set_image("example/other:1");
  eci::v1::CreateContainerGroupResponse reply;
  const auto outcome = cloud_->Call(kForeignKey, "CreateContainerGroup", request, &reply);
  if (!outcome.status)
    Violate("the foreign group cannot be made: " + outcome.status.error().message);
  foreign_groups_.insert(reply.container_group_id());
}

RunReport World::Run() {
  std::optional<TimePoint> settled;
  while (steps_ < kStepLimit) {
    while (!script_.empty() && script_.begin()->first <= timeline_.now()) {
      const auto next = script_.extract(script_.begin());
      next.mapped()();
    }
    if (cloud_->NextChange() <= timeline_.now()) cloud_->Apply(timeline_.now());
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
  CheckGroups();
  return {.violations = violations_,
          .steps = steps_,
          .hash = trace_.hash(),
          .last_events = violations_.empty() && !options_.trace ? std::string() : trace_.Text(),
          .groups = cloud_->groups().size(),
          .kills = kills_};
}

bool World::StepOneProcess() {
  const std::size_t count = machines_.size();
  const auto first =
      static_cast<std::size_t>(schedule_.Between(0, static_cast<std::int64_t>(count) - 1));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t machine = (first + i) % count;
    if (!machines_[machine].process || !machines_[machine].process->Step()) continue;
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
    if (machine.process) next = std::min(next, machine.process->NextWake());
  }
  if (next == TimePoint::max()) {
    Violate("nothing is left to happen");
    return false;
  }
  // A machine may stall before it wakes.
  if (!options_.quiet && schedule_.Chance(0.02))
    next += std::chrono::milliseconds(schedule_.Between(0, 50));
  timeline_.MoveTo(next);
  for (const Machine& machine : machines_) {
    if (machine.process) machine.process->WakeDue();
  }
  return true;
}

std::string World::Unsettled() const {
  if (!script_.empty() || (!options_.quiet && timeline_.now() < faults_end_))
    return "the script goes on";
  std::set<std::string> living;
  for (const Cluster* const cluster : {cluster_.get(), other_cluster_.get()}) {
    if (cluster == nullptr) continue;
    for (const auto& [uid, pod] : cluster->pods()) {
      if (!pod.exists) continue;
      if (pod.deleting) return "pod " + uid + " is being deleted";
      const bool there = pod.plan.run_seconds ? pod.terminal() : pod.phase == "Running";
      if (!there) return "pod " + uid + " is " + pod.phase;
      if (!pod.plan.run_seconds) living.insert(uid);
    }
  }
  for (const fake::GroupRecord& group : cloud_->groups()) {
    const bool may_live = foreign_groups_.contains(group.id) || living.contains(UidOf(group));
    if (!may_live && !group.Ended())
      return "group " + group.id + " of pod " + UidOf(group) + " goes on";
  }
  return {};
}

void World::Witness(std::string_view action, const google::protobuf::Message& request) {
  trace_.Note(fmt::format("cloud call {}", action));
  if (action != "DeleteContainerGroup") return;
  CheckDelete(
      static_cast<const eci::v1::DeleteContainerGroupRequest&>(request).container_group_id());
}

// A group may be deleted only when its pod is gone or going, has ended, or has another group.
void World::CheckDelete(const std::string& group_id) {
  trace_.Note("delete " + group_id);
  if (foreign_groups_.contains(group_id))
    return Violate("deletes a group of somebody else: " + group_id);
  const auto& groups = cloud_->groups();
  const auto group = std::find_if(groups.begin(), groups.end(),
                                  [&](const auto& record) { return record.id == group_id; });
  if (group == groups.end() || group->Ended()) return;
  const std::string uid = UidOf(*group);
  for (Cluster* const cluster : {cluster_.get(), other_cluster_.get()}) {
    if (cluster == nullptr || !cluster->pods().contains(uid)) continue;
    const WitnessedPod& pod = cluster->pods().at(uid);
    if (!pod.exists || pod.deleting || pod.terminal()) continue;
    const bool has_another =
        std::any_of(groups.begin(), groups.end(), [&](const fake::GroupRecord& other) {
          return other.id != group_id && UidOf(other) == uid && !other.Ended();
        });
    if (!has_another) Violate("deletes the group of a living pod: " + group_id + " of " + uid);
  }
}

void World::CheckGroups() {
  std::map<std::string, int> placed;
  for (const fake::GroupRecord& group : cloud_->groups()) {
    if (foreign_groups_.contains(group.id)) {
      if (group.Ended() || !group.deletes.empty()) Violate("a group of somebody else was touched");
      continue;
    }
    const std::string uid = UidOf(group);
    const bool known =
        cluster_->pods().contains(uid) || (other_cluster_ && other_cluster_->pods().contains(uid));
    if (!known) Violate("group " + group.id + " belongs to no pod");
    if (group.Reached("Pending") && ++placed[uid] > 1)
      Violate("two groups of pod " + uid + " got past Scheduling");
    const Cluster& owner =
        cluster_->pods().contains(uid) || !other_cluster_ ? *cluster_ : *other_cluster_;
    if (known && !owner.pods().at(uid).exists && !group.Ended())
      Violate("leaked: group " + group.id + " of " + uid);
  }
}

void World::Violate(const std::string& what) {
  trace_.Note("VIOLATION " + what);
  violations_.push_back(what);
}

}  // namespace vk::simulation
