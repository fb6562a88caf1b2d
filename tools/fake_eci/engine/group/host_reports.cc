// The half of GroupLife that hears of real containers.

#include <string>
#include <utility>

#include "tools/fake_eci/engine/group/group_host.h"
#include "tools/fake_eci/engine/group/group_life.h"

namespace vk::fake {
namespace {

constexpr std::chrono::seconds kPrepareAgain{5};
// Source: pkg/kubelet/eviction/eviction_manager.go, immediateEvictionGracePeriodSeconds.
constexpr std::chrono::seconds kEvictionGrace{1};
constexpr std::string_view kEvicted = "Evicted";

bool IsAboutGroup(HostReport::Kind kind) {
  return kind == HostReport::Kind::kPrepared || kind == HostReport::Kind::kNotPrepared;
}

}  // namespace

void GroupLife::Report(const HostReport& report) {
  const auto it = world_.groups.find(report.group);
  if (it == world_.groups.end()) return;
  Group& group = it->second;
  if (report.kind == HostReport::Kind::kEvent) {
    AddEvent(group, "kubelet", report.warning ? "Warning" : "Normal", report.reason,
             report.message);
    return;
  }
  if (report.kind == HostReport::Kind::kEvicted) {
    Evict(group, report.message);
    return;
  }
  if (IsAboutGroup(report.kind)) {
    if (report.epoch == group.epoch) ReportPrepared(group, report);
  } else if (report.epoch == group.containers[report.container].epoch) {
    ReportContainer(group, report);
  }
}

void GroupLife::ReportPrepared(Group& group, const HostReport& report) {
  if (report.kind == HostReport::Kind::kPrepared) {
    std::exchange(group.taken_up, false) ? StartMissing(group) : StartFirst(group);
    return;
  }
  AddEvent(group, "kubelet", "Warning", "FailedCreatePodSandBox",
           "Failed to create pod sandbox: " + report.message);
  group.changed = world_.now.steady;
  AddStep(group, kPrepareAgain, StepKind::kRun);
}

// As the kubelet does: whatever runs gets a second to end, nothing starts any more, and the group
// has failed however its containers end.
void GroupLife::Evict(Group& group, const std::string& message) {
  if (!group.failure.empty() || group.status == "Terminating" || IsEnded(group.status)) return;
  group.failure = kEvicted;
  AddEvent(group, "kubelet", "Warning", group.failure, message);
  group.changed = world_.now.steady;
  for (std::size_t i = 0; i < group.containers.size(); ++i) {
    if (group.containers[i].running()) {
      world_.host->Stop(group, i, kEvictionGrace);
    } else {
      ++group.containers[i].epoch;
    }
  }
  EndIfDone(group);
}

void GroupLife::ReportContainer(Group& group, const HostReport& report) {
  SimulatedContainer& container = group.containers[report.container];
  group.changed = world_.now.steady;
  switch (report.kind) {
    case HostReport::Kind::kWaiting:
      container.current.reason = report.reason;
      container.current.message = report.message;
      AddEvent(group, "kubelet", "Warning",
               report.reason == "ImagePullBackOff" ? "BackOff" : "Failed", report.message);
      break;
    case HostReport::Kind::kStarted:
      BecomeRunning(container);
      container.current.started.wall = report.started;
      AddEvent(group, "kubelet", "Normal", "Started", "Started container " + container.name);
      if (!container.init && group.status == "Pending") SetStatus(group, "Running");
      if (!container.init) LaunchDue(group);
      break;
    case HostReport::Kind::kReady:
    case HostReport::Kind::kNotReady:
      container.ready = report.kind == HostReport::Kind::kReady && container.running();
      if (container.ready && !container.init) LaunchDue(group);
      break;
    case HostReport::Kind::kExited:
      ReportExit(group, report);
      break;
    default:
      break;
  }
}

void GroupLife::ReportExit(Group& group, const HostReport& report) {
  SimulatedContainer& container = group.containers[report.container];
  // One that could not be started ends without having run.
  if (!container.running()) container.current.started = world_.now;
  // As with every container of CRI, a signal shows in the exit code alone.
  ContainerEnded(group, report.container, report.exit_code, 0);
  ContainerRun& run = container.current;
  if (!report.reason.empty()) run.reason = report.reason;
  run.message = report.message;
  run.started.wall = report.started;
  run.finished.wall = report.finished;
  AfterEnd(group, report.container);
}

}  // namespace vk::fake
