#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider/agent/group_logs.h"
#include "provider/agent/pod_snapshot.h"

namespace vk::agent {

// A pod as a reader of this process sees it. Shares what never changes; good for as long as it is
// held, also when the agent has forgotten the pod.
struct PodView {
  std::shared_ptr<const PodSnapshot> pod;  // Never null.
  std::string group_id;                    // Names its container group; empty: there is none yet.
  // The logs of a group that was ended while the pod stays; null when the cloud alone has them.
  std::shared_ptr<const GroupLogs> logs{};
};

// What the rest of the process may know of the node's pods, without seeing how they are kept: those
// that the API server shows on this node. Used on the core thread.
class PodAccess {
 public:
  virtual ~PodAccess() = default;

  // True once the first list has ended; before, what is missing proves nothing. A pod whose bytes
  // could not be read is missing even then.
  virtual bool synced() const = 0;

  virtual std::optional<PodView> Find(std::string_view ns, std::string_view name) const = 0;

  // In the order of namespace and name.
  virtual std::vector<PodView> List() const = 0;
};

class NodeAgent;

// The pods of an agent's present session. REQUIRES: `agent` outlives it.
std::unique_ptr<PodAccess> MakePodAccess(const NodeAgent& agent);

}  // namespace vk::agent
