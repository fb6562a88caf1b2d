#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "provider/agent/events.h"
#include "provider/agent/pod_record.h"

namespace vk::agent {

// Tells on the node which running pods the cluster's pod garbage collection takes away because the
// Node was absent: without it people see jobs end and no cause (docs/ownership.md §7). Core thread.
class PodGcWitness {
 public:
  // How long the Node has been there; unset while it is absent. All outlive the object.
  using NodeAge = std::function<std::optional<std::chrono::seconds>()>;

  PodGcWitness(Events& events, base::Log& log, NodeAge node_age)
      : events_(events), log_(log), node_age_(std::move(node_age)) {}

  // A record changed. Each pod is told of once.
  void OnChange(const PodRecord& record);

  // Nothing is left of the pod.
  void Forget(const std::string& uid) { told_.erase(uid); }

  static constexpr std::chrono::seconds kYoung{120};

 private:
  Events& events_;
  base::Log& log_;
  const NodeAge node_age_;
  std::set<std::string> told_;
};

}  // namespace vk::agent
