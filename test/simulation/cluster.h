#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "provider/kube/testing/fake_kube.h"
#include "provider/kube/testing/fake_kube_faults.h"
#include "test/simulation/event_trace.h"
#include "test/simulation/timeline.h"

namespace vk::simulation {

// A pod as the workload wants it.
struct PodPlan {
  std::string name;
  std::optional<int> run_seconds;  // Absent: runs until it is ended.
  int exit_code = 0;
  int grace = 30;
  std::string restart_policy = "Never";
  bool token = false;      // Mounts a token of its ServiceAccount, which differs at every request.
  int failing_groups = 0;  // So many of its groups fail before a container runs.

  // The phase in which it ends by itself; empty: it runs until it is ended.
  std::string Ending() const;
};

// What is known of a pod that exists or existed, as a witness of every change sees it.
struct WitnessedPod {
  PodPlan plan;
  std::string phase;
  bool exists = true;
  bool deleting = false;
  bool ever_deleting = false;
  // Was going or gone when an older state of the API server brought it back: its group may have
  // been deleted for good.
  bool undeleted = false;
  // One of its groups failed to start and was deleted. An older state of the API server names it
  // again, and nobody can tell why it is gone.
  bool replaced = false;
  // Its group's delete was sent by a process that was killed before the pod had ended: nobody knows
  // of it any more.
  bool delete_forgotten = false;
  // Its group cannot be found for a while by any means.
  bool hidden = false;
  base::TimePoint gone_at;

  bool lost = false;  // Became Failed for one of these.

  bool terminal() const { return phase == "Succeeded" || phase == "Failed"; }
};

// An API server in memory with its users, its network faults and a witness that sees every change
// of a pod and checks what may never happen to one.
class Cluster final : public kube::FakeKubeFaults, private kube::WatchSink {
 public:
  struct Faults {
    double error = 0;       // Share of calls refused with a 5xx or 429.
    double lost_reply = 0;  // Share of calls that take effect and are never answered.
    double broken_watch = 0;
    std::chrono::milliseconds slowest{5};
  };
  using OnViolation = std::function<void(const std::string& what)>;

  Cluster(std::string name, const Timeline& timeline, EventTrace& trace, base::Random random,
          OnViolation on_violation);
  ~Cluster() override;

  kube::FakeKube& server() { return server_; }
  Faults& faults() { return faults_; }

  void CreatePod(const PodPlan& plan, const std::string& node);
  // One whose group, of this id, ended long ago; it names it in its status, or in the annotation.
  void CreateFinishedPod(const PodPlan& plan, const std::string& node, const std::string& group_id,
                         bool in_status);
  // Somebody writes the annotation that names a pod's group; no effect without such a pod.
  void Annotate(const std::string& name, const std::string& group_id);
  // False when there is none of that name.
  bool DeletePod(const std::string& name, bool force);
  void DeleteNode(const std::string& node);
  // UID of the namespace kube-system.
  std::string SystemUid() const;

  // etcd comes back from a backup: pods that were deleted since are there again, pods made since
  // are not, resource versions go back and every watch breaks. With `marked` the versions go on
  // from beyond all that were ever given and all older ones answer 410, as after `etcdutl snapshot
  // restore --bump-revision --mark-compacted`.
  void Restore(kube::FakeKube::Snapshot snapshot, bool marked);

  // An agent deletes a group of this pod that failed to start.
  void NoteReplaced(const std::string& uid) { pods_.at(uid).replaced = true; }

  void NoteHidden(const std::string& uid) { pods_.at(uid).hidden = true; }

  void NoteDeleteForgotten(const std::string& uid) { pods_.at(uid).delete_forgotten = true; }

  // Every pod ever made, by UID.
  const std::map<std::string, WitnessedPod>& pods() const { return pods_; }
  bool HasPod(const std::string& name) const { return by_name_.contains(name); }

  Request BeforeEffect(const kube::KubeCall& call) override;
  Reply AfterEffect(const kube::KubeCall& call, const base::Error* error) override;
  Delivery OnWatchEvent(const kube::KubeCall& watch, const kube::WatchEvent& event) override;

 private:
  void OnEvent(kube::WatchEvent event) override;
  void OnBroken(base::Error error) override;
  void Watch();
  void Judge(const WitnessedPod& before, const WitnessedPod& now, const std::string& uid,
             const std::string& reason);

  const std::string name_;
  const Timeline& timeline_;
  EventTrace& trace_;
  base::Random random_;
  const OnViolation on_violation_;
  Faults faults_;
  kube::FakeKube server_;
  std::optional<kube::WatchId> watch_;
  bool restoring_ = false;
  bool restored_ = false;                 // At least once.
  std::map<std::string, PodPlan> plans_;  // By name, of the newest pod.
  std::map<std::string, WitnessedPod> pods_;
  std::map<std::string, std::string> by_name_;  // Existing pods: UID by name.
};

}  // namespace vk::simulation
