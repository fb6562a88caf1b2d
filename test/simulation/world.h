#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "provider/kube/testing/fake_kube.h"
#include "provider/translate/identity.h"
#include "provider/translate/observation.h"
#include "test/simulation/agent_process.h"
#include "test/simulation/call_ledger.h"
#include "test/simulation/cluster.h"
#include "test/simulation/event_trace.h"
#include "test/simulation/timeline.h"
#include "tools/fake_eci/engine/cloud.h"

namespace vk::simulation {

// What happens in a run. All but the first are small and without faults: the background of kills at
// every step and of exact counts.
enum class Scenario {
  kDrawn,    // Workload, faults and kills, from the seed.
  kCreate,   // A pod comes, runs and ends by itself.
  kDelete,   // A pod comes, runs and is deleted.
  kRestart,  // The agent ends as by SIGTERM and starts again, while one pod runs and another comes;
             // both are deleted.
  kNeverRan,  // Two pods that restart, whose first groups fail before a container runs, and one
              // whose group runs; all stay.
};

// How one run goes.
struct RunOptions {
  std::uint64_t seed = 1;
  Scenario scenario = Scenario::kDrawn;
  std::chrono::milliseconds starts_within{
      1000};  // How soon groups start when the scenario is not drawn.
  // Kill the agent after this many steps, besides the kills that are drawn.
  std::optional<std::uint64_t> kill_at;
  std::size_t events_kept = 200;  // So many of the last events are in the report of a violation.

  bool drawn() const { return scenario == Scenario::kDrawn; }
};

struct RunReport {
  std::vector<std::string> violations;  // Empty: every invariant holds.
  std::uint64_t steps = 0;
  std::uint64_t hash = 0;  // Covers everything that happened.
  std::string last_events;
  std::size_t groups = 0;
  std::size_t kills = 0;
  std::size_t lost_replies = 0;   // Calls to the cloud that took effect and were not answered.
  std::size_t late_listings = 0;  // Calls that did not show a group because it was new.
  std::map<std::string, CallLedger::PodLife> pod_calls;  // By pod name.
};

// A cluster, a cloud and the processes of the agent on one thread and one virtual time. A step runs
// one ready handler of one process, so that every suspension is a place where something else can
// happen, a kill included.
class World {
 public:
  explicit World(RunOptions options);
  ~World();

  // Runs until everything has settled after the last fault, or a limit says that it never will;
  // then checks the invariants of docs/ownership.md §8.
  RunReport Run();

 private:
  struct Machine {
    AgentProcess::Options options;
    Cluster* cluster;
    std::unique_ptr<AgentProcess> process;  // Null while it is dead.
    base::TimePoint frozen_until{};         // Nothing of it runs before.
  };

  void PlayScenario();
  void DrawWorkload();
  PodPlan DrawPod(std::int64_t number, base::Random& random);
  void DrawOtherCluster();
  void DrawFaults();
  void DrawCloudFaults();
  void DrawStock();
  void DrawRestore();
  void DrawStop();
  void DrawKills();
  void DrawMove();
  void DrawUsual();
  void DrawRare();
  void DrawNamesByHand();
  void DrawPermission();
  void DrawLeftOvers();
  void DrawLeaseReturned();
  void DrawFreeze();
  void DrawHidden();
  void Hide(fake::Hidden where, std::chrono::nanoseconds span, std::size_t pick);
  void AddOtherCluster(std::chrono::nanoseconds machine_start);
  void At(std::chrono::nanoseconds after_start, std::function<void()> what);
  void AddMachine(Cluster& cluster, const std::string& key, std::chrono::nanoseconds start);
  void StartProcess(std::size_t machine);
  void Kill(std::size_t machine);
  void ForgetDeletes();
  // The machine's agent ends and comes back with another cluster's kubeconfig.
  void Move(std::size_t machine, Cluster& cluster);
  void EndFaults();
  void DeletePod(const std::string& name, bool force);
  void FailGroups();
  void Stop();
  void MakeForeignGroups();
  void MakeForeignGroup(const translate::GroupIdentity& identity);

  bool StepOneProcess();
  bool Advance();
  // What still has to come to its end; empty when nothing has.
  std::string Unsettled() const;
  std::string Unsettled(const Cluster& cluster, std::set<std::string>* living) const;
  static bool IsThere(const WitnessedPod& pod);
  bool IsBlind(const Cluster& cluster) const;
  void Witness(const std::string& process, const Cluster& cluster, std::string_view action,
               const google::protobuf::Message& request);
  void CheckDelete(const std::string& group_id, const Cluster& cluster);
  void NoteLateListing();
  void CheckPace(const std::string& process, std::string_view action);
  void CheckGroups();
  void CheckCallsInAll();
  void CheckPlaced(const std::string& uid, const std::vector<const fake::GroupRecord*>& groups);
  Cluster* OwnerOf(const std::string& uid) const;
  void Violate(const std::string& what);

  const RunOptions options_;
  base::Random random_;
  base::Random schedule_;
  Timeline timeline_;
  EventTrace trace_;
  KillableContext cloud_io_;
  SimulatedClock cloud_clock_;
  std::unique_ptr<fake::Cloud> cloud_;
  CloudLink::Network network_;
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Cluster>
      other_cluster_;  // Same cluster id, node name and account; another kube-system.
  std::vector<Machine> machines_;
  std::string cluster_id_;
  std::multimap<base::TimePoint, std::function<void()>> script_;
  std::set<std::uint64_t> kill_steps_;
  // The world stands still for `stop_` soon after so many groups were made.
  std::size_t stop_after_groups_ = 0;
  std::chrono::nanoseconds stop_{0};
  std::chrono::nanoseconds stopped_{0};  // How long it has stood still in all.
  std::size_t creates_ = 0;
  std::map<std::string, int> failed_groups_;  // By pod UID, those that were made to fail.
  CallLedger ledger_;
  std::set<std::string> dead_;  // Identities of processes that were killed.
  std::set<std::string> foreign_groups_;
  std::vector<std::string> violations_;
  base::TimePoint start_;
  base::TimePoint faults_end_;
  std::uint64_t steps_ = 0;
  std::size_t kills_ = 0;
  std::size_t lost_replies_ = 0;
  std::size_t late_listings_ = 0;
  int starts_ = 0;
};

}  // namespace vk::simulation
