#include "tools/fake_eci/engine/group/group_life.h"

#include <algorithm>
#include <chrono>

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRetainedGroups = 100;
constexpr auto kRetention = 1h;
constexpr auto kScheduleFailedShown = 24h;
constexpr auto kReclaimNotice = 3min;

bool IsContainerStep(StepKind kind) {
  return kind == StepKind::kContainerStart || kind == StepKind::kContainerReady ||
         kind == StepKind::kContainerExit || kind == StepKind::kContainerKilled;
}

}  // namespace

void GroupLife::AddStep(const Group& group, std::chrono::nanoseconds after, StepKind kind) {
  world_.agenda.Add(world_.now.steady + after,
                    {.kind = kind, .owner = group.number, .epoch = group.epoch});
}

void GroupLife::AddEvent(Group& group, std::string_view source, std::string_view type,
                         std::string_view reason, std::string_view message) {
  fake::AddEvent(&group.events, world_.now.wall, source, type, reason, message);
}

void GroupLife::SetStatus(Group& group, const std::string& status) {
  group.status = status;
  group.changed = world_.now.steady;
  group.record->transitions.push_back({status, world_.now});
  if (!IsEnded(status)) return;
  group.ended = world_.now;
  ++group.epoch;
  if (world_.host != nullptr) world_.host->Release(group);
  ReleaseCapacity(group);
}

void GroupLife::ReleaseCapacity(Group& group) {
  if (!group.holds_capacity) return;
  group.holds_capacity = false;
  world_.network.Release(group.vswitch_id, group.address);
  const std::string kind =
      group.instance_type.empty() ? Stock::KindOf(group.size) : group.instance_type;
  if (!group.out_of_stock) world_.stock.Return({group.zone, kind});
}

void GroupLife::Begin(Group& group) {
  const LatencyModel::Start start = world_.latency.NextStart(group.images_cached);
  group.run_after = start.run;
  SetStatus(group, "Scheduling");
  AddStep(group, start.place, StepKind::kPlace);
}

void GroupLife::Resume(Group& group) {
  group.placed = group.created;
  group.taken_up = true;
  SetStatus(group, "Pending");
  const auto apps = group.containers.begin() + static_cast<std::ptrdiff_t>(group.init_count());
  if (std::any_of(apps, group.containers.end(),
                  [](const SimulatedContainer& c) { return c.running(); })) {
    SetStatus(group, "Running");
  } else {
    AddStep(group, group.pending_limit, StepKind::kPendingLimit);
  }
  AddDeadline(group);
}

void GroupLife::Place(Group& group) {
  if (group.out_of_stock) {
    AddEvent(group, "EciService", "Warning", "NoStock",
             "Create ECI failed because the specified instance is out of stock. ");
    SetStatus(group, "ScheduleFailed");
    AddStep(group, kScheduleFailedShown, StepKind::kForget);
    return;
  }
  group.placed = world_.now;
  SetStatus(group, "Pending");
  AddStep(group, group.created.steady + group.run_after - world_.now.steady, StepKind::kRun);
  AddStep(group, group.pending_limit, StepKind::kPendingLimit);
  AddDeadline(group);
}

void GroupLife::AddDeadline(const Group& group) {
  if (!group.active_deadline || !group.placed) return;
  AddStep(group, group.placed->steady + *group.active_deadline - world_.now.steady,
          StepKind::kActiveDeadline);
}

void GroupLife::StartFirst(Group& group) {
  if (group.init_count() > 0) {
    StartContainer(group, 0);
  } else {
    LaunchDue(group);
  }
}

void GroupLife::StartMissing(Group& group) {
  for (std::size_t i = 0; i < group.containers.size(); ++i) {
    const SimulatedContainer& container = group.containers[i];
    if (!container.init) break;
    if (container.running()) return;
    if (container.ended() || container.previous) continue;
    StartContainer(group, i);
    return;
  }
  LaunchDue(group);
}

void GroupLife::End(Group& group, const std::string& status) {
  SetStatus(group, status);
  world_.ended.push_back(group.number);
  AddStep(group, kRetention, StepKind::kRetention);
}

void GroupLife::Fail(Group& group, const std::string& reason, std::string_view message) {
  group.failure = reason;
  AddEvent(group, "EciService", "Warning", reason, message);
  KillAll(group, reason);
  End(group, "Failed");
}

void GroupLife::Delete(Group& group, bool force) {
  group.record->deletes.push_back({world_.caller, force, world_.now});
  if (IsEnded(group.status)) {
    world_.Remove(group.number);
    return;
  }
  if (group.status == "Terminating" && !force) return;
  if (group.status != "Terminating") {
    ++group.epoch;
    SetStatus(group, "Terminating");
  }
  Terminate(group, force ? 0ns : group.grace);
}

void GroupLife::FinishDelete(Group& group) {
  const bool ran = std::ranges::any_of(group.containers, [](const SimulatedContainer& container) {
    return container.ended() || container.previous;
  });
  if (ran) EndIfDone(group);
  if (ran && world_.options.behaviours.deleted_shown > 0s) {
    AddStep(group, world_.options.behaviours.deleted_shown, StepKind::kForget);
  } else {
    ReleaseCapacity(group);
    world_.Remove(group.number);
  }
}

void GroupLife::Restart(Group& group) {
  ++group.epoch;
  group.taken_up = false;
  group.stop_grace.reset();
  SetStatus(group, "Restarting");
  for (std::size_t i = 0; i < group.containers.size(); ++i) {
    SimulatedContainer& container = group.containers[i];
    if (container.running()) {
      if (world_.host != nullptr) world_.host->Stop(group, i, group.grace);
      ContainerEnded(group, i, 143, 15);
    }
    ++container.epoch;
    container.launched = false;
    if (container.ended()) container.KeepAsPrevious();
    container.current = {};
    container.current.reason = group.waiting_reason();
  }
  group.run_after = world_.latency.Restart();
  AddStep(group, group.run_after / 2, StepKind::kRestarted);
}

void GroupLife::Update(Group& group, const std::vector<std::size_t>& containers) {
  const auto span = world_.latency.Restart();
  if (group.status == "Running") {
    SetStatus(group, "Updating");
    AddStep(group, span, StepKind::kUpdated);
  }
  for (const std::size_t index : containers) RestartUpdated(group, index, span / 2);
}

void GroupLife::Reclaim(Group& group) {
  AddEvent(group, "EciService", "Warning", "SpotToBeReleased",
           "Spot ECI will be released in 3 minutes");
  group.changed = world_.now.steady;
  AddStep(group, kReclaimNotice, StepKind::kReclaim);
}

// Ended groups stay for an hour, and beyond it as long as they are among the newest 100.
void GroupLife::Forget() {
  while (world_.ended.size() > kRetainedGroups) {
    const Group& oldest = world_.groups.at(world_.ended.front());
    if (world_.now.steady - oldest.ended->steady < kRetention) return;
    world_.Remove(oldest.number);
  }
}

void GroupLife::Run(const Step& step) {
  if (step.kind == StepKind::kRetention) {
    Forget();
    return;
  }
  const auto it = world_.groups.find(step.owner);
  if (it == world_.groups.end()) return;
  Group& group = it->second;
  if (IsContainerStep(step.kind)) {
    if (step.epoch == group.containers[static_cast<std::size_t>(step.container)].epoch) {
      RunContainerStep(group, step);
    }
  } else if (step.epoch == group.epoch) {
    RunGroupStep(group, step);
  }
}

void GroupLife::RunGroupStep(Group& group, const Step& step) {
  switch (step.kind) {
    case StepKind::kPlace:
      Place(group);
      break;
    case StepKind::kRun:
      world_.host == nullptr ? StartFirst(group) : world_.host->Prepare(group);
      break;
    case StepKind::kRestarted:
      SetStatus(group, "Pending");
      AddStep(group, group.run_after - group.run_after / 2, StepKind::kRun);
      AddDeadline(group);
      break;
    case StepKind::kUpdated:
      SetStatus(group, "Running");
      break;
    case StepKind::kPendingLimit:
      // The limit does not hold while init containers run.
      if (group.status == "Pending" && !AnyRunning(group)) {
        Fail(group, "PendingTimeout", "The container group was pending for too long.");
      }
      break;
    case StepKind::kActiveDeadline:
      Fail(group, "DeadlineExceeded", "The container group was active longer than its deadline.");
      break;
    case StepKind::kReclaim:
      KillAll(group, "SpotReclaimed");
      End(group, "Expired");
      break;
    case StepKind::kFinishDelete:
      FinishDelete(group);
      break;
    case StepKind::kForget:
      world_.Remove(group.number);
      break;
    default:
      break;
  }
}

}  // namespace vk::fake
