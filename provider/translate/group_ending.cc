#include "provider/translate/group_ending.h"

#include <algorithm>
#include <csignal>

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

// Between the ends of containers that were killed together.
constexpr Seconds kAtOnce = 2;

void WriteDisruption(const core::Pod& pod, const char* message, Seconds now,
                     core::PodStatus* status) {
  const bool told = std::ranges::any_of(status->conditions(), [](const auto& condition) {
    return condition.type() == "DisruptionTarget";
  });
  if (told) return;
  core::PodCondition& condition = *status->add_conditions();
  condition.set_type("DisruptionTarget");
  condition.set_status("True");
  condition.set_reason("TerminationByKubelet");
  condition.set_message(message);
  condition.set_observedgeneration(pod.metadata().generation());
  condition.mutable_lasttransitiontime()->set_seconds(now);
}

// Whether the cloud ended the containers because the pod's time was up. Its clock began when it
// placed the group, and times are whole seconds.
bool PassedDeadline(const core::Pod& pod, const core::PodStatus& status) {
  if (!pod.spec().has_activedeadlineseconds()) return false;
  const Seconds deadline = status.starttime().seconds() + pod.spec().activedeadlineseconds() - 1;
  return std::ranges::any_of(status.containerstatuses(), [&](const auto& app) {
    return app.state().terminated().finishedat().seconds() >= deadline;
  });
}

// The cloud may tell a container's exit code alone, as CRI does, and no cause, such as the
// container's memory limit.
bool EndedBySignal(const ContainerState& end) {
  if (end.phase != ContainerPhase::kTerminated) return false;
  if (!end.reason.empty() && end.reason != "Error") return false;
  const bool told = end.signal == SIGKILL || end.signal == SIGTERM;
  return told || end.exit_code == 128 + SIGKILL || end.exit_code == 128 + SIGTERM;
}

// Whether signals that the containers did not cause themselves ended all of them. The one container
// of a pod that is not restarted may have killed itself.
bool WasKilled(const core::Pod& pod, const GroupObservation& observed) {
  const auto& containers = observed.containers;
  const auto killed = [](const auto& container) { return EndedBySignal(container.current); };
  if (observed.status != GroupStatus::kFailed || !observed.trouble_reason.empty() ||
      containers.empty() || !std::ranges::all_of(containers, killed))
    return false;
  const auto [first, last] = std::ranges::minmax(
      containers, {}, [](const auto& container) { return container.current.finished_at; });
  const bool at_once = last.current.finished_at - first.current.finished_at <= kAtOnce;
  return pod.spec().restartpolicy() != "Never" || first.current.signal != 0 ||
         (containers.size() > 1 && at_once);
}

void SetReason(const char* reason, const char* message, core::PodStatus* status) {
  status->set_reason(reason);
  status->set_message(message);
}

}  // namespace

bool WasStopped(const core::Pod& pod, GroupStatus group, GroupEnder ender,
                const core::PodStatus& status) {
  if (pod.metadata().has_deletiontimestamp()) return false;
  if (ender == GroupEnder::kDeadline || ender == GroupEnder::kSomebodyElse) return true;
  return group == GroupStatus::kFailed && PassedDeadline(pod, status);
}

void WriteReasonOfEnd(const core::Pod& pod, const GroupObservation& observed, GroupEnder ender,
                      Seconds now, core::PodStatus* status) {
  if (observed.status == GroupStatus::kExpired) {
    constexpr char kMessage[] = "The cloud took the spot instance back";
    SetReason(kSpotReclaimed, kMessage, status);
    WriteDisruption(pod, kMessage, now, status);
    return;
  }
  const bool deleting = pod.metadata().has_deletiontimestamp();
  if (PassedDeadline(pod, *status) || (ender == GroupEnder::kDeadline && !deleting)) {
    SetReason(kDeadlineExceeded, kDeadlineMessage, status);
  } else if (ender == GroupEnder::kSomebodyElse && !deleting) {
    SetReason("ContainerGroupDeleted", "The container group was deleted, and not by this node",
              status);
  } else if (ender == GroupEnder::kItself && !deleting && WasKilled(pod, observed)) {
    SetReason("ContainerGroupKilled",
              "Signals ended all containers of the group, and not at the request of this node; the "
              "group may have been deleted in the cloud",
              status);
  }
}

}  // namespace vk::translate
