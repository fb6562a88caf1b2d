#include "provider/agent/startup_watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/pod_status.pb.h"
#include "provider/agent/scratch_pods.h"

namespace vk::agent {
namespace {

// Whether this run had started before, as the pod's status says: it may have lost its readiness.
bool HadStarted(const PodSnapshot& pod, const translate::ContainerObservation& seen) {
  ScratchPods scratch;
  const auto* const parsed = scratch.Parse(pod.bytes);
  if (parsed == nullptr) return true;
  const auto started = [&](const auto& status) {
    return status.name() == seen.name && status.started() &&
           status.restartcount() == seen.restart_count;
  };
  return std::ranges::any_of(parsed->status().containerstatuses(), started) ||
         std::ranges::any_of(parsed->status().initcontainerstatuses(), started);
}

}  // namespace

boost::asio::awaitable<void> StartupWatch::Run() {
  while (co_await clock_.SleepUntil(clock_.Now() + kPeriod)) {
    for (const auto& [uid, record] : pods_.records()) {
      if (!record.desired.pod->startups.empty()) Poll(record);
    }
  }
}

void StartupWatch::Poll(const PodRecord& record) {
  const PodSnapshot& pod = *record.desired.pod;
  const GroupState& group = record.group;
  if (!record.desired.GoesOn() || !group.IsThere() || !group.seen) return;
  for (const StartupPatience& startup : pod.startups) {
    const auto seen = std::ranges::find(group.seen->containers, startup.container,
                                        &translate::ContainerObservation::name);
    if (seen == group.seen->containers.end() ||
        seen->current.phase != translate::ContainerPhase::kRunning) {
      continue;
    }
    auto& settled = settled_[pod.uid];
    const auto known = settled.find(startup.container);
    if (known != settled.end() && known->second == seen->restart_count) continue;
    if (seen->ready || Tell(record, startup, *seen))
      settled[startup.container] = seen->restart_count;
  }
}

// Whether nothing more is to be said about this run.
bool StartupWatch::Tell(const PodRecord& record, const StartupPatience& startup,
                        const translate::ContainerObservation& seen) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.WallNow().time_since_epoch());
  if (seen.current.started_at == 0 || now.count() <= seen.current.started_at + startup.seconds)
    return false;
  if (HadStarted(*record.desired.pod, seen)) return true;
  events_.OnPodOnce(
      *record.desired.pod, true, "StartupProbeOverdue",
      fmt::format("Container {} is not ready {} s after its start, the time of its startupProbe: a "
                  "kubelet would have restarted it, the cloud lets it run",
                  startup.container, startup.seconds));
  return true;
}

}  // namespace vk::agent
