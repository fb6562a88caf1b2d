// The half of World that says what happens in a run.

#include <fmt/format.h>

#include <utility>

#include "proto/eci/v1/container_group.pb.h"
#include "provider/translate/identity.h"
#include "test/simulation/world.h"
#include "test/simulation/world_names.h"

namespace vk::simulation {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kForeignKey[] = "foreign-key";
constexpr auto kStopBeyond = 2h;  // The longest stop, beyond the life of a ClientToken.

}  // namespace

void World::PlayScenario() {
  switch (options_.scenario) {
    case Scenario::kDrawn:
      DrawWorkload();
      DrawOtherCluster();
      DrawFaults();
      DrawCloudFaults();
      DrawStock();
      DrawRestore();
      DrawStop();
      DrawKills();
      DrawMove();
      DrawUsual();
      DrawRare();
      break;
    case Scenario::kCreate:
      At(1s, [this] {
        cluster_->CreatePod({.name = "pod-0", .run_seconds = 3, .token = true}, kNode);
      });
      break;
    case Scenario::kDelete:
      At(1s, [this] {
        cluster_->CreatePod({.name = "pod-0", .run_seconds = std::nullopt, .token = true}, kNode);
      });
      At(15s, [this] { DeletePod("pod-0", false); });
      break;
    case Scenario::kRestart:
      At(1s, [this] {
        cluster_->CreatePod({.name = "pod-0", .run_seconds = std::nullopt, .token = true}, kNode);
      });
      At(4s, [this] {
        if (machines_[0].process) machines_[0].process->Terminate();
      });
      At(4500ms, [this] {
        cluster_->CreatePod({.name = "pod-1", .run_seconds = std::nullopt, .token = true}, kNode);
      });
      At(8s, [this] { Kill(0); });
      At(60s, [this] { DeletePod("pod-0", false); });
      At(61s, [this] { DeletePod("pod-1", false); });
      break;
    case Scenario::kNeverRan:
      for (const auto& [name, policy] : {std::pair("pod-0", "Always"), {"pod-1", "OnFailure"}}) {
        const PodPlan plan{.name = name,
                           .run_seconds = std::nullopt,
                           .restart_policy = policy,
                           .failing_groups = 2};
        At(1s, [this, plan] { cluster_->CreatePod(plan, kNode); });
      }
      // Its group keeps the listing from being empty.
      At(1s,
         [this] { cluster_->CreatePod({.name = "pod-2", .run_seconds = std::nullopt}, kNode); });
      break;
  }
}

PodPlan World::DrawPod(std::int64_t number, base::Random& random) {
  PodPlan plan{.name = fmt::format("pod-{}", number), .run_seconds = std::nullopt};
  if (random.Chance(0.5)) plan.run_seconds = static_cast<int>(random.Between(1, 30));
  if (random.Chance(0.4)) plan.exit_code = static_cast<int>(random.Between(1, 3));
  plan.grace = static_cast<int>(random.Between(1, 30));

  base::Random kind = random_.Split("kind of " + plan.name);
  plan.token = kind.Chance(0.3);
  if (kind.Chance(0.3)) plan.restart_policy = kind.Chance(0.5) ? "Always" : "OnFailure";
  if (plan.restart_policy != "Never" && kind.Chance(0.4))
    plan.failing_groups = static_cast<int>(kind.Between(1, 2));
  return plan;
}

void World::DrawWorkload() {
  base::Random random = random_.Split("workload");
  const auto pods = random.Between(1, 6);
  for (std::int64_t i = 0; i < pods; ++i) {
    const PodPlan plan = DrawPod(i, random);
    const auto born = milliseconds(random.Between(0, 20'000));
    At(born, [this, plan] { cluster_->CreatePod(plan, kNode); });
    if (!random.Chance(0.6)) continue;
    const auto deleted = born + milliseconds(random.Between(0, 40'000));
    const bool force = random.Chance(0.25);
    At(deleted, [this, plan, force] { DeletePod(plan.name, force); });
    if (!random.Chance(0.4)) continue;
    At(deleted + milliseconds(random.Between(0, 15'000)), [this, plan] {
      if (!cluster_->HasPod(plan.name)) cluster_->CreatePod(plan, kNode);
    });
  }
}

void World::DrawOtherCluster() {
  if (random_.Split("other").Chance(0.15)) AddOtherCluster(1s);
}

// In the same account, with the same cluster id and node name.
void World::AddOtherCluster(std::chrono::nanoseconds machine_start) {
  other_cluster_ =
      std::make_unique<Cluster>("other", timeline_, trace_, random_.Split("other cluster"),
                                [this](const std::string& what) { Violate(what); });
  AddMachine(*other_cluster_, kKey, machine_start);
  At(2s,
     [this] { other_cluster_->CreatePod({.name = "pod-0", .run_seconds = std::nullopt}, kNode); });
}

void World::DrawFaults() {
  base::Random random = random_.Split("faults");
  if (random.Chance(0.6)) {
    network_.lost_request = random.Fraction() * 0.15;
    network_.lost_reply = random.Fraction() * 0.25;
    network_.slowest = milliseconds(random.Between(1, 300));
  }
  if (random.Chance(0.6)) {
    cluster_->faults() = {.error = random.Fraction() * 0.15,
                          .lost_reply = random.Fraction() * 0.15,
                          .broken_watch = random.Fraction() * 0.1,
                          .slowest = milliseconds(random.Between(1, 200))};
  }
  const auto moment = [&random] { return milliseconds(random.Between(1000, 50'000)); };
  if (random.Chance(0.2)) At(moment(), [this] { cluster_->DeleteNode(kNode); });
  if (random.Chance(0.2)) At(moment(), [this] { cluster_->server().Compact(); });
  if (random.Chance(0.2))
    At(moment(), [this, by = random.Between(-7200, 7200)] { timeline_.JumpWall(seconds(by)); });
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
    At(milliseconds(random.Between(0, 30'000)), [this] {
      cloud_->faults().Add({.action = "", .caller = kKey, .kind = fake::FaultKind::kEmptyListing});
    });
  }
}

// Nothing is in stock for a while: the cloud refuses creations, or cannot place what it accepted.
void World::DrawStock() {
  base::Random random = random_.Split("stock");
  if (!random.Chance(0.15)) return;
  const auto from = milliseconds(random.Between(0, 30'000));
  At(from, [this] { cloud_->stock().Set({.zone = {}, .kind = {}}, 0); });
  At(from + milliseconds(random.Between(1000, 25'000)), [this] { cloud_->stock().Clear(); });
}

// The API server comes back from a backup of some seconds before.
void World::DrawRestore() {
  base::Random random = random_.Split("restore");
  if (!random.Chance(0.1)) return;
  const auto backup = milliseconds(random.Between(0, 45'000));
  const auto restored = backup + milliseconds(random.Between(100, 14'000));
  const bool marked = random.Chance(0.5);
  At(backup, [this, restored, marked] {
    At(restored, [this, snapshot = cluster_->server().TakeSnapshot(), marked] {
      cluster_->Restore(snapshot, marked);
    });
  });
}

// The whole world but the cloud stands still until the cloud has forgotten its ClientTokens.
void World::DrawStop() {
  base::Random random = random_.Split("stop");
  if (!random.Chance(0.1)) return;
  cloud_->SetTokenLifetime(std::chrono::hours(12));
  stop_after_groups_ = static_cast<std::size_t>(random.Between(1, 3));
  stop_ = 12h + seconds(random.Between(0, std::chrono::seconds(kStopBeyond).count()));
}

void World::DrawKills() {
  base::Random random = random_.Split("kills");
  const auto kills = random.Chance(0.6) ? random.Between(1, 3) : 0;
  for (std::int64_t i = 0; i < kills; ++i)
    kill_steps_.insert(static_cast<std::uint64_t>(random.Between(1, 5000)));
  if (random.Chance(0.15)) AddMachine(*cluster_, kKey, milliseconds(random.Between(0, 30'000)));
}

// The machine is pointed at another cluster for a while.
void World::DrawMove() {
  base::Random random = random_.Split("move");
  if (!random.Chance(0.1)) return;
  const auto there = milliseconds(random.Between(2000, 25'000));
  const auto back = there + milliseconds(random.Between(10'000, 120'000));
  if (!other_cluster_) AddOtherCluster(back + 1s);
  At(there, [this] { Move(0, *other_cluster_); });
  At(back, [this] { Move(0, *cluster_); });
}

// Without a death or a lost reply a run tells little.
void World::DrawUsual() {
  base::Random random = random_.Split("usual");
  const auto death = milliseconds(random.Between(2000, 50'000));
  if (random.Chance(kUsual)) At(death, [this] { Kill(0); });
  if (!random.Chance(kUsual)) return;
  cloud_->faults().Add({.action = "CreateContainerGroup",
                        .caller = kKey,
                        .kind = fake::FaultKind::kLostReply,
                        .probability = 0.5,
                        .count = static_cast<int>(random.Between(1, 2))});
  cloud_->faults().Add({.action = "DescribeContainerGroupStatus",
                        .caller = kKey,
                        .kind = fake::FaultKind::kLostReply,
                        .probability = 0.1,
                        .count = 1});
}

// Groups in the same account that no agent may touch: somebody else's, another node's, and one that
// lacks a tag.
void World::MakeForeignGroups() {
  translate::GroupIdentity ours{.cluster_id = cluster_id_,
                                .kube_system_uid = cluster_->SystemUid(),
                                .node_name = kNode,
                                .ns = "default",
                                .pod_name = "pod-0",
                                .pod_uid = "00000000-0000-4000-a000-000000000000"};
  if (ours.cluster_id.empty()) ours.cluster_id = ours.kube_system_uid;
  MakeForeignGroup({});
  translate::GroupIdentity other_node = ours;
  other_node.node_name = "vk-2";
  MakeForeignGroup(other_node);
  translate::GroupIdentity other_cluster = ours;
  other_cluster.kube_system_uid.clear();
  MakeForeignGroup(other_cluster);
}

void World::MakeForeignGroup(const translate::GroupIdentity& identity) {
  eci::v1::CreateContainerGroupRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_container_group_name("somebody-elses");
  request.set_v_switch_id("vsw-1");
  request.set_security_group_id("sg-1");
  auto& container = *request.add_container();
  container.set_name("main");
  container.set_image("example/other:1");
  for (const eci::v1::Tag& tag : translate::IdentityTags(identity)) {
    if (!tag.value().empty()) *request.add_tag() = tag;
  }
  eci::v1::CreateContainerGroupResponse reply;
  const auto outcome = cloud_->Call(kForeignKey, "CreateContainerGroup", request, &reply);
  if (!outcome.status) Violate("a foreign group cannot be made: " + outcome.status.error().message);
  foreign_groups_.insert(reply.container_group_id());
}

}  // namespace vk::simulation
