// The containers' half of GroupLife.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>

#include "tools/fake_eci/engine/group/group_life.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kFirstBackoff = 10s;
constexpr std::chrono::nanoseconds kBackoffCap = 5min;
constexpr std::chrono::nanoseconds kBackoffForgiven =
    10min;  // After so long a run; as the kubelet does.

// Kubelet: the first restart is immediate, then 10 s, doubled up to 5 minutes.
std::chrono::nanoseconds BackoffAfter(int failures) {
  if (failures <= 1) return 0ns;
  return std::min<std::chrono::nanoseconds>(kFirstBackoff * (1 << std::min(failures - 2, 10)),
                                            kBackoffCap);
}

// "1m20s", as Go writes it.
std::string DurationText(std::chrono::nanoseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  return seconds < 60 ? fmt::format("{}s", seconds)
                      : fmt::format("{}m{}s", seconds / 60, seconds % 60);
}

// The real code decides whether a container starts again; whoever is not to be judged by it shows
// it in words alone once that is settled.
void IgnoreExitCode(SimulatedContainer* container) {
  ContainerRun& run = container->current;
  if (!container->controls.ignore_exit_code || run.exit_code == 0) return;
  run.message = fmt::format("exit code {}, reason {}{}{}", run.exit_code, run.reason,
                            run.message.empty() ? "" : ", ", run.message);
  run.exit_code = 0;
  run.signal = 0;
  run.reason = "Completed";
}

}  // namespace

void GroupLife::AddStep(const Group& group, std::size_t container, std::chrono::nanoseconds after,
                        StepKind kind, int exit_code) {
  world_.agenda.Add(world_.now.steady + after, {.kind = kind,
                                                .owner = group.number,
                                                .epoch = group.containers[container].epoch,
                                                .container = static_cast<int>(container),
                                                .exit_code = exit_code});
}

bool GroupLife::AnyRunning(const Group& group) const {
  return std::ranges::any_of(group.containers, &SimulatedContainer::running);
}

void GroupLife::RunContainerStep(Group& group, const Step& step) {
  const auto index = static_cast<std::size_t>(step.container);
  switch (step.kind) {
    case StepKind::kContainerStart:
      StartContainer(group, index);
      if (!group.containers[index].init) LaunchDue(group);
      break;
    case StepKind::kContainerReady:
      group.containers[index].ready = true;
      group.changed = world_.now.steady;
      LaunchDue(group);
      break;
    case StepKind::kContainerExit:
      ContainerEnded(group, index, step.exit_code, 0);
      AfterEnd(group, index);
      break;
    case StepKind::kContainerKilled:
      ContainerEnded(group, index, step.exit_code, step.exit_code - 128);
      AfterEnd(group, index);
      break;
    default:
      break;
  }
}

void GroupLife::StartContainer(Group& group, std::size_t index) {
  SimulatedContainer& container = group.containers[index];
  ++container.epoch;
  if (container.ended()) container.KeepAsPrevious();
  if (container.previous) ++container.restart_count;
  group.changed = world_.now.steady;
  if (world_.host == nullptr) {
    Simulate(group, index);
    return;
  }
  container.current = {};
  container.current.reason = group.waiting_reason();
  container.current.starting = true;
  world_.host->Start(group, index);
}

void GroupLife::BecomeRunning(SimulatedContainer& container) const {
  container.current = {};
  container.current.state = ContainerRun::State::kRunning;
  container.current.started = world_.now;
  container.stopping = false;
}

void GroupLife::Simulate(Group& group, std::size_t index) {
  SimulatedContainer& container = group.containers[index];
  BecomeRunning(container);
  for (const std::string& line : container.behaviour.log) {
    container.log.push_back({world_.now.wall, line});
  }
  AddEvent(group, "kubelet", "Normal", "Started", "Started container " + container.name);

  container.ready = !container.init && !container.ready_after;
  if (container.ready_after) {
    AddStep(group, index, *container.ready_after, StepKind::kContainerReady);
  }
  if (container.behaviour.run) {
    AddStep(group, index, *container.behaviour.run, StepKind::kContainerExit,
            container.behaviour.exit_code);
  }
}

void GroupLife::ContainerEnded(Group& group, std::size_t index, int exit_code, int signal) {
  SimulatedContainer& container = group.containers[index];
  ++container.epoch;
  ContainerRun& run = container.current;
  run.state = ContainerRun::State::kTerminated;
  run.exit_code = exit_code;
  run.signal = signal;
  run.reason = exit_code == 0 ? "Completed" : "Error";
  run.finished = world_.now;
  container.ready = false;
  container.failures =
      world_.now.steady - run.started.steady >= kBackoffForgiven ? 1 : container.failures + 1;
  group.changed = world_.now.steady;
  if (group.stop_grace) StopNext(group);
  if (group.status == "Terminating" && !AnyRunning(group)) {
    AddStep(group, world_.latency.Ending(), StepKind::kFinishDelete);
  }
}

void GroupLife::AfterEnd(Group& group, std::size_t index) {
  if (group.status == "Terminating") {
    IgnoreExitCode(&group.containers[index]);
  } else if (group.containers[index].init) {
    AfterInit(group, index);
  } else {
    AfterApp(group, index);
  }
}

void GroupLife::AfterInit(Group& group, std::size_t index) {
  if (!group.failure.empty()) {
    EndIfDone(group);
    return;
  }
  if (group.containers[index].current.exit_code != 0) {
    if (group.restart_policy == "Never") {
      End(group, "Failed");
    } else {
      RestartLater(group, index);
    }
    return;
  }
  if (index + 1 < group.init_count()) {
    AddStep(group, index + 1, world_.latency.NextContainer(), StepKind::kContainerStart);
  } else {
    LaunchDue(group);
  }
}

void GroupLife::AfterApp(Group& group, std::size_t index) {
  const int exit_code = group.containers[index].current.exit_code;
  const bool again =
      group.failure.empty() && !group.stop_grace &&
      (group.restart_policy == "Always" || (group.restart_policy == "OnFailure" && exit_code != 0));
  if (again) {
    RestartLater(group, index);
    return;
  }
  IgnoreExitCode(&group.containers[index]);
  LaunchDue(group);
  EndIfDone(group);
}

void GroupLife::RestartLater(Group& group, std::size_t index) {
  SimulatedContainer& container = group.containers[index];
  container.KeepAsPrevious();
  container.current = {};
  container.current.reason = "CrashLoopBackOff";
  const auto delay = BackoffAfter(container.failures);
  container.current.message = fmt::format("back-off {} restarting failed container={} pod={}",
                                          DurationText(delay), container.name, group.name);
  AddEvent(group, "kubelet", "Warning", "BackOff",
           "Back-off restarting failed container " + container.name);
  AddStep(group, index, delay, StepKind::kContainerStart);
}

void GroupLife::RestartUpdated(Group& group, std::size_t index, std::chrono::nanoseconds after) {
  SimulatedContainer& container = group.containers[index];
  if (group.stop_grace) return;
  if (container.running()) {
    if (world_.host != nullptr) world_.host->Stop(group, index, group.grace);
    ContainerEnded(group, index, 128 + SIGTERM, SIGTERM);
    container.failures = 0;
    AddStep(group, index, after, StepKind::kContainerStart);
  } else if (container.current.starting) {
    // Its image could not be had: it is tried again as it is now, in the same life.
    ++container.epoch;
    world_.host->Start(group, index);
  }
}

void GroupLife::KillAll(Group& group, const std::string& reason) {
  group.stop_grace.reset();
  for (std::size_t i = 0; i < group.containers.size(); ++i) {
    ++group.containers[i].epoch;
    if (!group.containers[i].running()) continue;
    ContainerEnded(group, i, 128 + SIGKILL, SIGKILL);
    group.containers[i].current.reason = reason;
  }
}

}  // namespace vk::fake
