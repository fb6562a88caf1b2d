// The part of GroupLife that says in which order containers start and end.

#include <algorithm>
#include <csignal>
#include <optional>
#include <span>

#include "tools/fake_eci/engine/group/group_life.h"

namespace vk::fake {
namespace {

std::span<SimulatedContainer> AppsOf(Group& group) {
  return std::span(group.containers).subspan(group.init_count());
}

// Whether containers of a lower launch priority may start. One that waits for its next life does
// not let them.
bool LetsOthersStart(const SimulatedContainer& container) {
  const bool serves = container.running() && (container.ready || !container.ready_after);
  return serves || container.ended();
}

// Those whose end is the group's; sidecars among themselves are like any others.
bool NormalsEnded(Group& group) {
  const auto apps = AppsOf(group);
  const bool any_normal = !std::ranges::all_of(
      apps, [](const SimulatedContainer& app) { return app.controls.sidecar; });
  return std::ranges::all_of(apps, [&](const SimulatedContainer& app) {
    return app.ended() || (any_normal && app.controls.sidecar);
  });
}

// One that is not judged by its exit code may be missing altogether.
bool AllFine(Group& group) {
  return std::ranges::all_of(AppsOf(group), [](const SimulatedContainer& app) {
    return app.ended() ? app.current.exit_code == 0 : app.controls.ignore_exit_code;
  });
}

// The highest priority of this kind among the containers that `counts` is true for.
std::optional<int> Highest(std::span<const SimulatedContainer> containers,
                           int ContainerControls::* priority, auto counts) {
  std::optional<int> highest;
  for (const SimulatedContainer& container : containers) {
    const int own = container.controls.*priority;
    if (counts(container) && (!highest || own > *highest)) highest = own;
  }
  return highest;
}

}  // namespace

// Starts whatever's turn it is. In a simulation the first level runs at once, and the next may
// follow.
void GroupLife::LaunchDue(Group& group) {
  if (!group.failure.empty() || group.stop_grace || IsEnded(group.status)) return;
  while (true) {
    const auto level =
        Highest(AppsOf(group), &ContainerControls::launch_priority,
                [](const SimulatedContainer& container) { return !container.launched; });
    if (!level) return;
    const bool held = std::ranges::any_of(AppsOf(group), [&](const SimulatedContainer& app) {
      return app.launched && app.controls.launch_priority > *level && !LetsOthersStart(app);
    });
    if (held) return;
    for (std::size_t i = group.init_count(); i < group.containers.size(); ++i) {
      SimulatedContainer& app = group.containers[i];
      if (app.launched || app.controls.launch_priority != *level) continue;
      app.launched = true;
      StartContainer(group, i);
    }
    // Real ones take their time: Running once the first of them runs.
    if (world_.host == nullptr && group.status == "Pending") SetStatus(group, "Running");
  }
}

void GroupLife::EndIfDone(Group& group) {
  if (!group.failure.empty()) {
    if (!AnyRunning(group)) End(group, "Failed");
    return;
  }
  if (group.status != "Terminating") {
    if (!NormalsEnded(group)) return;
    if (AnyRunning(group)) {
      EndSidecars(group);
      return;
    }
  }
  End(group, AllFine(group) ? "Succeeded" : "Failed");
}

// How long a sidecar may take is undocumented: what it may take at a deletion.
void GroupLife::EndSidecars(Group& group) {
  if (group.stop_grace) return;
  group.stop_grace = group.grace;
  for (SimulatedContainer& container : group.containers) {
    if (!container.running()) ++container.epoch;
  }
  StopNext(group);
}

void GroupLife::Terminate(Group& group, std::chrono::nanoseconds grace) {
  group.stop_grace = grace;
  for (std::size_t i = 0; i < group.containers.size(); ++i) {
    SimulatedContainer& container = group.containers[i];
    container.stopping = false;
    if (!container.running()) {
      ++container.epoch;
    } else if (grace <= std::chrono::nanoseconds::zero()) {
      Stop(group, i, grace);
    }
  }
  StopNext(group);
  if (!AnyRunning(group)) AddStep(group, world_.latency.Ending(), StepKind::kFinishDelete);
}

// SIGTERM to those of the highest exit priority that run; each priority has the whole grace.
// Source: ECI, "Configure container startup and exit order" (a deletion may take longer than the
// grace).
void GroupLife::StopNext(Group& group) {
  const auto level = Highest(group.containers, &ContainerControls::exit_priority,
                             [](const SimulatedContainer& c) { return c.running(); });
  for (std::size_t i = 0; i < group.containers.size(); ++i) {
    const SimulatedContainer& container = group.containers[i];
    if (!container.running() || container.stopping) continue;
    if (container.controls.exit_priority == level) Stop(group, i, *group.stop_grace);
  }
}

// What does not end within the grace is killed.
void GroupLife::Stop(Group& group, std::size_t index, std::chrono::nanoseconds grace) {
  SimulatedContainer& container = group.containers[index];
  container.stopping = true;
  if (world_.host != nullptr) {
    world_.host->Stop(group, index, grace);
    return;
  }
  ++container.epoch;
  const bool obeys = grace > std::chrono::nanoseconds::zero() && container.behaviour.grace <= grace;
  AddStep(group, index, std::min(container.behaviour.grace, grace), StepKind::kContainerKilled,
          128 + (obeys ? SIGTERM : SIGKILL));
}

}  // namespace vk::fake
