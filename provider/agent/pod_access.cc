#include "provider/agent/pod_access.h"

#include <algorithm>
#include <tuple>

#include "provider/agent/node_agent.h"
#include "provider/agent/pod_table.h"

namespace vk::agent {
namespace {

PodView ViewOf(const PodRecord& record, const EndedLogs& logs) {
  const std::string& known = record.group.id;
  return {.pod = record.desired.pod,
          .group_id = known.empty() ? record.desired.pod->group_id : known,
          .logs = logs.Of(record.desired.pod->uid)};
}

class NodePods final : public PodAccess {
 public:
  explicit NodePods(const NodeAgent& agent) : agent_(agent) {}

  bool synced() const override {
    const PodTable* const pods = agent_.pods();
    return pods && pods->synced();
  }

  std::optional<PodView> Find(std::string_view ns, std::string_view name) const override {
    const PodTable* const pods = agent_.pods();
    const PodRecord* const shown = pods ? pods->Shown(ns, name) : nullptr;
    return shown ? std::optional(ViewOf(*shown, agent_.ended_logs())) : std::nullopt;
  }

  std::vector<PodView> List() const override {
    std::vector<PodView> views;
    const PodTable* const pods = agent_.pods();
    if (!pods) return views;
    for (const auto& [uid, record] : pods->records()) {
      if (!record.desired.vanished) views.push_back(ViewOf(record, agent_.ended_logs()));
    }
    std::ranges::sort(views, {}, [](const PodView& view) {
      return std::tie(view.pod->ns, view.pod->name, view.pod->uid);
    });
    return views;
  }

 private:
  const NodeAgent& agent_;
};

}  // namespace

std::unique_ptr<PodAccess> MakePodAccess(const NodeAgent& agent) {
  return std::make_unique<NodePods>(agent);
}

}  // namespace vk::agent
