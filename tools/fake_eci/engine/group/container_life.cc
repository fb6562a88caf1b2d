// The containers' half of GroupLife.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "tools/fake_eci/engine/group/group_life.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

constexpr int kSigterm = 15;
constexpr int kSigkill = 9;
constexpr std::chrono::nanoseconds kFirstBackoff = 10s;
constexpr std::chrono::nanoseconds kBackoffCap = 5min;
constexpr std::chrono::nanoseconds kBackoffForgiven = 10min;  // Of running; as the kubelet does.

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
      break;
    case StepKind::kContainerReady:
      group.containers[index].ready = true;
      group.changed = world_.now.steady;
      break;
    case StepKind::kContainerExit:
      ContainerEnded(group, index, step.exit_code, 0);
      if (group.status == "Terminating") break;
      group.containers[index].init ? AfterInit(group, index) : AfterApp(group, index);
      break;
    case StepKind::kContainerKilled:
      ContainerEnded(group, index, step.exit_code, step.exit_code - 128);
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

void GroupLife::StartApps(Group& group) {
  for (std::size_t i = group.init_count(); i < group.containers.size(); ++i) {
    StartContainer(group, i);
  }
  // Real ones take their time: Running once the first of them runs.
  if (world_.host == nullptr) SetStatus(group, "Running");
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
  if (group.status == "Terminating" && !AnyRunning(group)) {
    AddStep(group, world_.latency.Ending(), StepKind::kFinishDelete);
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
    StartApps(group);
  }
}

void GroupLife::AfterApp(Group& group, std::size_t index) {
  const int exit_code = group.containers[index].current.exit_code;
  const bool again =
      group.failure.empty() &&
      (group.restart_policy == "Always" || (group.restart_policy == "OnFailure" && exit_code != 0));
  if (again) {
    RestartLater(group, index);
  } else {
    EndIfDone(group);
  }
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

void GroupLife::RestartContainer(Group& group, std::size_t index) {
  SimulatedContainer& container = group.containers[index];
  if (!container.running()) return;
  if (world_.host != nullptr) world_.host->Stop(group, index, group.grace);
  ContainerEnded(group, index, 128 + kSigterm, kSigterm);
  container.failures = 0;
  AddStep(group, index, 0ns, StepKind::kContainerStart);
}

void GroupLife::EndIfDone(Group& group) {
  const auto apps = group.containers.begin() + static_cast<std::ptrdiff_t>(group.init_count());
  const bool deleted = group.status == "Terminating";
  if (!group.failure.empty()) {
    if (!AnyRunning(group)) End(group, "Failed");
    return;
  }
  if (!deleted && !std::all_of(apps, group.containers.end(),
                               [](const SimulatedContainer& c) { return c.ended(); })) {
    return;
  }
  const bool all_fine =
      std::all_of(apps, group.containers.end(), [](const SimulatedContainer& container) {
        return container.ended() && container.current.exit_code == 0;
      });
  End(group, all_fine ? "Succeeded" : "Failed");
}

// SIGTERM to whatever runs; what does not end within `grace` is killed.
void GroupLife::Terminate(Group& group, std::chrono::nanoseconds grace) {
  for (std::size_t i = 0; i < group.containers.size(); ++i) {
    SimulatedContainer& container = group.containers[i];
    if (world_.host != nullptr && container.running()) {
      world_.host->Stop(group, i, grace);
      continue;
    }
    ++container.epoch;
    if (!container.running()) continue;
    const bool obeys = grace > 0ns && container.behaviour.grace <= grace;
    AddStep(group, i, std::min(container.behaviour.grace, grace), StepKind::kContainerKilled,
            128 + (obeys ? kSigterm : kSigkill));
  }
  if (!AnyRunning(group)) AddStep(group, world_.latency.Ending(), StepKind::kFinishDelete);
}

void GroupLife::KillAll(Group& group, const std::string& reason) {
  for (std::size_t i = 0; i < group.containers.size(); ++i) {
    ++group.containers[i].epoch;
    if (!group.containers[i].running()) continue;
    ContainerEnded(group, i, 128 + kSigkill, kSigkill);
    group.containers[i].current.reason = reason;
  }
}

}  // namespace vk::fake
