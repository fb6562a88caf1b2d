#include <algorithm>
#include <string>

#include "proto/eci/v1/container_group_view.pb.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/calls/selection.h"
#include "tools/fake_eci/engine/text.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

constexpr int kPageLimit = 200;

// ECI, "Life cycle of an elastic container instance".
std::string_view PhaseOf(const std::string& status) {
  static constexpr std::pair<std::string_view, std::string_view> kPhases[] = {
      {"Running", "Running"}, {"Terminating", "Running"},   {"Succeeded", "Succeeded"},
      {"Failed", "Failed"},   {"ScheduleFailed", "Failed"}, {"Expired", "Failed"},
  };
  const auto* it =
      std::ranges::find(kPhases, status, [](const auto& entry) { return entry.first; });
  return it == std::end(kPhases) ? "Pending" : it->second;
}

void AddCondition(eci::v1::PodStatus* status, std::string_view type, bool value,
                  base::WallTime since, std::string_view reason = {}) {
  auto* condition = status->add_conditions();
  condition->set_type(std::string(type));
  condition->set_status(value ? "True" : "False");
  condition->set_last_transition_time(TimeText(since));
  if (!value && !reason.empty()) condition->set_reason(std::string(reason));
}

void AddConditions(const Group& group, eci::v1::PodStatus* status) {
  const auto changed = group.record->transitions.back().at.wall;
  const auto apps = group.containers.begin() + static_cast<std::ptrdiff_t>(group.init_count());
  const bool initialized =
      group.placed && std::all_of(group.containers.begin(), apps, [](const SimulatedContainer& c) {
        return c.ended() && c.current.exit_code == 0;
      });
  const bool ready =
      group.status == "Running" && std::all_of(apps, group.containers.end(),
                                               [](const SimulatedContainer& c) { return c.ready; });
  const bool failed = group.status == "ScheduleFailed";
  const auto placed = group.placed ? group.placed->wall : group.created.wall;
  AddCondition(status, "PodScheduled", true, group.created.wall);
  AddCondition(status, "ContainerInstanceCreated", group.placed.has_value(), placed,
               failed ? "ContainerGroup.NoStock" : "Creating");
  AddCondition(status, "Initialized", initialized, changed, "ContainersNotInitialized");
  AddCondition(status, "ContainersReady", ready, changed, "ContainersNotReady");
  AddCondition(status, "Ready", ready, changed, "ContainersNotReady");
}

void FillState(const SimulatedContainer& container, const ContainerRun& run,
               eci::v1::ContainerState* state) {
  switch (run.state) {
    case ContainerRun::State::kWaiting:
      state->mutable_waiting()->set_reason(run.reason);
      if (!run.message.empty()) state->mutable_waiting()->set_message(run.message);
      break;
    case ContainerRun::State::kRunning: {
      const std::string started = TimeText(run.started.wall);
      state->mutable_running()->set_started_at_started_at(started);
      state->mutable_running()->set_started_at(started);
      break;
    }
    case ContainerRun::State::kTerminated: {
      auto* ended = state->mutable_terminated();
      ended->set_container_id("containerd://" + container.name);
      ended->set_exit_code(run.exit_code);
      ended->set_signal(run.signal);
      ended->set_reason(run.reason);
      if (!run.message.empty()) ended->set_message(run.message);
      ended->set_started_at(TimeText(run.started.wall));
      ended->set_finished_at(TimeText(run.finished.wall));
      break;
    }
  }
}

void FillContainer(const SimulatedContainer& container, eci::v1::ContainerStatus* status) {
  status->set_name(container.name);
  status->set_image(container.image);
  const bool ran = container.running() || container.ended() || container.previous;
  status->set_image_id(ran ? container.image : "");
  status->set_ready(container.ready);
  status->set_started(container.running());
  status->set_restart_count(container.restart_count);
  FillState(container, container.current, status->mutable_state());
  if (container.previous) {
    FillState(container, *container.previous, status->mutable_last_state());
  }
}

std::string TagOrEmpty(const Group& group, const std::string& tag) {
  const auto it = group.tags.find(tag);
  return it == group.tags.end() ? "" : it->second;
}

void FillStatus(const World& world, const Group& group, eci::v1::ContainerGroupStatus* status) {
  status->set_container_group_id(group.id);
  status->set_name(group.name);
  status->set_status(group.status);
  status->set_namespace_(TagOrEmpty(group, world.options.behaviours.namespace_tag));
  status->set_uuid(TagOrEmpty(group, world.options.behaviours.uuid_tag));
  status->set_annotations("");
  auto* pod = status->mutable_pod_status();
  pod->set_phase(std::string(PhaseOf(group.status)));
  pod->set_qos_class("Guaranteed");
  if (group.placed) {
    pod->set_host_ip(group.address);
    pod->set_pod_ip(group.address);
    pod->add_pod_ips()->set_ip(group.address);
    pod->set_start_time(TimeText(group.placed->wall));
  }
  AddConditions(group, pod);
  for (const SimulatedContainer& container : group.containers) {
    if (!container.init) FillContainer(container, pod->add_container_statuses());
  }
}

}  // namespace

VK_FAKE_HANDLER(DescribeContainerGroupStatus) {
  GroupFilter filter = CommonFilter(request, kPageLimit);
  VK_TRY(since, SinceSecond(request.has_since_second(), request.since_second()));
  filter.changed_within = since;
  VK_TRY(page, SelectGroups(world, filter, kPageLimit));
  eci::v1::DescribeContainerGroupStatusResponse reply;
  for (const Group* group : page.groups) FillStatus(world, *group, reply.add_data());
  reply.set_total_count(page.total);
  if (!page.next_token.empty()) reply.set_next_token(page.next_token);
  return reply;
}

}  // namespace vk::fake
