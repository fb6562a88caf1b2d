#include "provider/translate/group_to_status.h"

#include <algorithm>
#include <utility>

#include "provider/translate/container_statuses.h"
#include "provider/translate/group_ending.h"
#include "provider/translate/pod_conditions.h"
#include "provider/translate/pod_phase.h"
#include "provider/translate/sidecars.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

constexpr std::string_view kUnknownEnd = "ContainerStatusUnknown";

bool FailedInitially(const core::PodSpec& spec, const core::PodStatus& status) {
  return std::ranges::any_of(status.initcontainerstatuses(), [&](const auto& init) {
    const bool sidecar = std::ranges::any_of(spec.initcontainers(), [&](const auto& container) {
      return container.name() == init.name() && IsSidecar(container);
    });
    if (sidecar) return false;
    return init.state().terminated().exitcode() != 0 ||
           (!init.state().has_terminated() && init.laststate().terminated().exitcode() != 0);
  });
}

bool AnyStarted(const core::PodStatus& status) {
  return std::ranges::any_of(status.containerstatuses(), [](const auto& app) {
    return app.has_containerid() || app.state().has_terminated();
  });
}

// An earlier process may have acknowledged the pod and ended before it could say so; the group that
// it made is its witness. The cloud's clock may be behind the API server's.
Seconds StartOf(const core::Pod& pod, const GroupObservation& observed, const StatusFacts& facts) {
  Seconds start = facts.acknowledged != 0 ? facts.acknowledged : facts.now;
  if (observed.created_at != 0) start = std::min(start, observed.created_at);
  return std::max(start, pod.metadata().creationtimestamp().seconds());
}

// What every status of this node says, whatever became of the pod.
void WriteBasics(const core::Pod& pod, const GroupObservation& observed, const StatusFacts& facts,
                 core::PodStatus* status) {
  if (!status->has_starttime())
    status->mutable_starttime()->set_seconds(StartOf(pod, observed, facts));
  if (!facts.node_ip.empty()) {
    status->set_hostip(facts.node_ip);
    status->clear_hostips();
    status->add_hostips()->set_ip(facts.node_ip);
  }
  status->set_observedgeneration(pod.metadata().generation());
}

void WritePodIp(const std::string& ip, core::PodStatus* status) {
  if (ip.empty()) return;
  status->set_podip(ip);
  status->clear_podips();
  status->add_podips()->set_ip(ip);
}

// Reason and message belong to a phase and leave with it.
void SetPhase(const std::string& phase, core::PodStatus* status) {
  if (phase == status->phase()) return;
  status->set_phase(phase);
  status->clear_reason();
  status->clear_message();
}

Ending EndingOf(GroupStatus status, Seconds now) {
  if (status == GroupStatus::kSucceeded) return {0, "Completed", "", now};
  if (status == GroupStatus::kExpired)
    return {137, kSpotReclaimed, "The cloud took the spot instance back", now};
  return {137, std::string(kUnknownEnd),
          "The container group ended without telling how this container did", now};
}

// The group ended with containers that nobody saw end: they did, unless the pod may get another
// group because none of them ever ran.
bool MustEnd(const core::Pod& pod, GroupStatus group, const core::PodStatus& status) {
  if (!HasEnded(group) || group == GroupStatus::kScheduleFailed) return false;
  return group == GroupStatus::kExpired || group == GroupStatus::kSucceeded ||
         pod.metadata().has_deletiontimestamp() || pod.spec().restartpolicy() == "Never" ||
         AnyStarted(status) || FailedInitially(pod.spec(), status);
}

void EndGroup(const core::Pod& pod, const GroupObservation& observed, const StatusFacts& facts,
              core::PodStatus* status) {
  // As the kubelet has it, containers behind a failed init container stay waiting.
  if (!FailedInitially(pod.spec(), *status))
    EndContainers(EndingOf(observed.status, facts.now), status);
  const std::string phase = PhaseOf(pod.spec(), *status, true);
  const bool stopped = WasStopped(pod, observed.status, facts.ended_by, *status);
  SetPhase(IsTerminal(phase) && !stopped ? phase : "Failed", status);
  if (status->phase() == "Failed")
    WriteReasonOfEnd(pod, observed, facts.ended_by, facts.now, status);
}

// Ends a pod whose group is not there to tell.
core::PodStatus EndWithoutGroup(const core::Pod& pod, const Ending& ending,
                                const StatusFacts& facts) {
  core::PodStatus status = pod.status();
  if (IsTerminal(status.phase())) return status;
  WriteBasics(pod, {}, facts, &status);
  WriteContainerStatuses(pod, {}, facts.now, &status);
  EndContainers(ending, &status);
  // Who waited for the restart of a container had not ended, however its last run did.
  const bool stopping = pod.metadata().has_deletiontimestamp();
  SetPhase(PhaseOf(pod.spec(), status, stopping) == "Succeeded" ? "Succeeded" : "Failed", &status);
  if (status.phase() == "Failed") {
    status.set_reason(ending.reason);
    status.set_message(ending.message);
  }
  WriteConditions(pod, {.now = facts.now, .group_id = facts.group_id}, &status);
  return status;
}

}  // namespace

core::PodStatus GroupToStatus(const core::Pod& pod, const GroupObservation& observed,
                              const StatusFacts& facts) {
  core::PodStatus status = pod.status();
  if (IsTerminal(status.phase())) return status;
  WriteBasics(pod, observed, facts, &status);
  WritePodIp(observed.pod_ip, &status);
  WriteContainerStatuses(pod, observed, facts.now, &status);
  if (MustEnd(pod, observed.status, status)) {
    EndGroup(pod, observed, facts, &status);
  } else {
    const bool deleting = pod.metadata().has_deletiontimestamp();
    const std::string phase = PhaseOf(pod.spec(), status, deleting);
    SetPhase(IsTerminal(phase) && !deleting ? "Running" : phase, &status);
  }
  const bool failed = observed.status == GroupStatus::kScheduleFailed;
  WriteConditions(
      pod,
      {.now = facts.now,
       .sandbox_ready = !observed.pod_ip.empty() && !HasEnded(observed.status),
       .instance_created = !failed,
       .group_id = facts.group_id,
       .trouble_reason =
           failed && observed.trouble_reason.empty() ? "ScheduleFailed" : observed.trouble_reason,
       .trouble_message = observed.trouble_message},
      &status);
  return status;
}

bool CameToNothing(const core::Pod& pod, const GroupObservation& observed) {
  if (!HasEnded(observed.status)) return false;
  core::PodStatus status = pod.status();
  WriteContainerStatuses(pod, observed, 0, &status);
  return !MustEnd(pod, observed.status, status);
}

bool ContainersAreOver(const core::Pod& pod, const GroupObservation& observed) {
  core::PodStatus status = pod.status();
  WriteContainerStatuses(pod, observed, 0, &status);
  return IsTerminal(PhaseOf(pod.spec(), status, false));
}

core::PodStatus WaitingStatus(const core::Pod& pod, const std::string& reason,
                              const std::string& message, const StatusFacts& facts) {
  core::PodStatus status = pod.status();
  if (IsTerminal(status.phase())) return status;
  WriteBasics(pod, {}, facts, &status);
  WriteContainerStatuses(pod, {}, facts.now, &status);
  for (auto* list : {status.mutable_initcontainerstatuses(), status.mutable_containerstatuses()}) {
    for (core::ContainerStatus& container : *list) {
      if (!container.state().has_waiting() || reason.empty() || reason == kFailedMount) continue;
      container.mutable_state()->mutable_waiting()->set_reason(reason);
      container.mutable_state()->mutable_waiting()->set_message(message);
    }
  }
  if (!AnyStarted(status)) SetPhase("Pending", &status);
  WriteConditions(pod,
                  {.now = facts.now,
                   .instance_created = !facts.group_id.empty(),
                   .group_id = facts.group_id,
                   .trouble_reason = reason,
                   .trouble_message = message},
                  &status);
  return status;
}

core::PodStatus LostStatus(const core::Pod& pod, const std::string& reason,
                           const std::string& message, const StatusFacts& facts) {
  return EndWithoutGroup(pod, {137, reason, message, facts.now}, facts);
}

void Evict(const std::string& message, core::PodStatus* status) {
  status->set_phase("Failed");
  status->set_reason("Evicted");
  status->set_message(message);
}

core::PodStatus DeadlineStatus(const core::Pod& pod, const StatusFacts& facts) {
  core::PodStatus status = EndWithoutGroup(
      pod,
      {137, std::string(kUnknownEnd), "The container ended with its pod's deadline", facts.now},
      facts);
  if (!IsTerminal(pod.status().phase())) {
    status.set_phase("Failed");
    status.set_reason(kDeadlineExceeded);
    status.set_message(kDeadlineMessage);
  }
  return status;
}

core::PodStatus NeverStartedStatus(const core::Pod& pod, const std::string& message,
                                   const StatusFacts& facts) {
  return EndWithoutGroup(pod, {137, std::string(kUnknownEnd), message, facts.now}, facts);
}

}  // namespace vk::translate
