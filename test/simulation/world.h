#pragma once

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
#include "test/simulation/agent_process.h"
#include "test/simulation/cluster.h"
#include "test/simulation/event_trace.h"
#include "test/simulation/timeline.h"
#include "tools/fake_eci/engine/cloud.h"

namespace vk::simulation {

// How one run goes; everything that is left open is drawn from the seed.
struct RunOptions {
  std::uint64_t seed = 1;
  bool quiet = false;  // No faults and one pod that is created, runs and is deleted: the background
                       // of kills at every step.
  std::optional<std::uint64_t>
      kill_at;         // Kill the agent after this many steps, besides the kills that are drawn.
  bool trace = false;  // Keep the text of every event, for a run that is looked at.
};

struct RunReport {
  std::vector<std::string> violations;  // Empty: every invariant holds.
  std::uint64_t steps = 0;
  std::uint64_t hash = 0;  // Of everything that happened.
  std::string last_events;
  std::size_t groups = 0;
  std::size_t kills = 0;
};

// A cluster, a cloud and the processes of the agent on one thread and one virtual time. A step runs
// one ready handler of one process, so that every suspension is a place where something else can
// happen, a kill included.
class World {
 public:
  explicit World(RunOptions options);
  ~World();

  // Runs until everything has settled after the last fault, or a limit says that it never will;
  // then checks the invariants of ownership §8.
  RunReport Run();

 private:
  struct Machine {
    AgentProcess::Options options;
    Cluster* cluster;
    std::unique_ptr<AgentProcess> process;  // Null while it is dead.
  };

  void DrawWorkload();
  void DrawFaults();
  void DrawCloudFaults();
  void DrawKills();
  void At(std::chrono::nanoseconds after_start, std::function<void()> what);
  void AddMachine(Cluster& cluster, const std::string& key, std::chrono::nanoseconds start);
  void StartProcess(std::size_t machine);
  void Kill(std::size_t machine);
  void EndFaults();
  void MakeForeignGroup();

  bool StepOneProcess();
  bool Advance();
  // What still has to come to its end; empty when nothing has.
  std::string Unsettled() const;
  void Witness(std::string_view action, const google::protobuf::Message& request);
  void CheckDelete(const std::string& group_id);
  void CheckGroups();
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
  std::multimap<base::TimePoint, std::function<void()>> script_;
  std::set<std::uint64_t> kill_steps_;
  std::set<std::string> dead_;  // Identities of processes that were killed.
  std::set<std::string> foreign_groups_;
  std::vector<std::string> violations_;
  base::TimePoint start_;
  base::TimePoint faults_end_;
  std::uint64_t steps_ = 0;
  std::size_t kills_ = 0;
  int starts_ = 0;
};

}  // namespace vk::simulation
