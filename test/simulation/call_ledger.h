#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "provider/kube/kube_api.h"

namespace vk::simulation {

// Calls to the API server for one pod.
struct PodCalls {
  int tokens = 0;          // TokenRequests.
  int status_patches = 0;  // PATCH pods/status.
  int deletes = 0;         // DELETE of the pod's object.
  int events = 0;          // Events about it, made or counted up.

  bool operator==(const PodCalls&) const = default;
};

// Counts what the agents of a run send, as it is sent, for the budgets of calls. Used on one
// thread.
class CallLedger {
 public:
  struct PodLife {
    PodCalls creating;  // Until its deletion was asked for.
    PodCalls deleting;
  };

  // From here on calls for this pod count as part of its deletion.
  void NoteDeletion(const std::string& pod) { deleting_.insert(pod); }

  void NoteKubeCall(std::string_view verb, const kube::Resource& resource,
                    const kube::ObjectKey& key, std::string_view body);

  // Returns how many calls of this action the process has made within the last minute.
  std::size_t NoteCloudCall(const std::string& process, std::string_view action,
                            base::TimePoint now);

  // By name: pods of one name count as one.
  const std::map<std::string, PodLife>& pods() const { return pods_; }
  std::uint64_t cloud_calls() const { return cloud_calls_; }

 private:
  using Caller = std::pair<std::string, std::string>;  // Process and action.

  std::set<std::string> deleting_;
  std::map<std::string, PodLife> pods_;
  std::map<Caller, std::deque<base::TimePoint>> last_minute_;
  std::uint64_t cloud_calls_ = 0;
};

}  // namespace vk::simulation
