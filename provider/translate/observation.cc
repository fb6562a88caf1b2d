#include "provider/translate/observation.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/proto_json/number_text.h"
#include "base/proto_json/rfc3339.h"
#include "proto/eci/v1/container_group_view.pb.h"

namespace vk::translate {
namespace {

using View = eci::v1::ContainerGroup;

struct NamedStatus {
  std::string_view name;
  GroupStatus status;
};
constexpr NamedStatus kStatuses[] = {
    {"Scheduling", GroupStatus::kScheduling},   {"ScheduleFailed", GroupStatus::kScheduleFailed},
    {"Pending", GroupStatus::kPending},         {"Running", GroupStatus::kRunning},
    {"Restarting", GroupStatus::kRestarting},   {"Updating", GroupStatus::kUpdating},
    {"Terminating", GroupStatus::kTerminating}, {"Succeeded", GroupStatus::kSucceeded},
    {"Failed", GroupStatus::kFailed},           {"Expired", GroupStatus::kExpired},
};

GroupStatus ParseStatus(std::string_view name) {
  const auto* known = std::ranges::find(kStatuses, name, &NamedStatus::name);
  return known == std::end(kStatuses) ? GroupStatus::kUnknown : known->status;
}

Seconds ParseTime(std::string_view text) {
  const auto time = base::ParseRfc3339(text);
  return time ? time->seconds : 0;
}

// Whether its events may say why it does not run.
bool MayBeInTrouble(GroupStatus status) {
  return status == GroupStatus::kScheduling || status == GroupStatus::kScheduleFailed ||
         status == GroupStatus::kPending || status == GroupStatus::kFailed;
}

bool IsSet(const eci::v1::ContainerState& state) {
  return state.has_running() || state.has_terminated() || state.has_waiting();
}

ContainerState ReadState(const eci::v1::ContainerState& state) {
  if (state.has_terminated()) {
    const eci::v1::ContainerStateTerminated& ended = state.terminated();
    return {.phase = ContainerPhase::kTerminated,
            .reason = ended.reason(),
            .message = ended.message(),
            .exit_code = ended.exit_code(),
            .signal = ended.signal(),
            .started_at = ParseTime(ended.started_at()),
            .finished_at = ParseTime(ended.finished_at())};
  }
  if (state.has_running()) {
    const eci::v1::ContainerStateRunning& running = state.running();
    return {.phase = ContainerPhase::kRunning,
            .started_at =
                ParseTime(running.has_started_at_started_at() ? running.started_at_started_at()
                                                              : running.started_at())};
  }
  return {.phase = ContainerPhase::kWaiting,
          .reason = state.waiting().reason(),
          .message = state.waiting().message()};
}

ContainerState ReadState(const View::ContainerState& state) {
  ContainerState read;
  read.reason = state.reason();
  read.message = state.message();
  if (state.state() == "Terminated") {
    read.phase = ContainerPhase::kTerminated;
    read.exit_code = state.exit_code();
    read.signal = state.signal();
    read.started_at = ParseTime(state.start_time());
    read.finished_at = ParseTime(state.finish_time());
  } else if (state.state() == "Running") {
    // A running container has no reason in Kubernetes, and the other call tells none.
    read = {.phase = ContainerPhase::kRunning, .started_at = ParseTime(state.start_time())};
  }
  return read;
}

ContainerObservation ReadContainer(const eci::v1::ContainerStatus& status) {
  ContainerObservation container{.name = status.name(),
                                 .image = status.image(),
                                 .image_id = status.image_id(),
                                 .ready = status.ready(),
                                 .restart_count = status.restart_count(),
                                 .current = ReadState(status.state())};
  if (IsSet(status.last_state())) container.previous = ReadState(status.last_state());
  return container;
}

// Either kind of container of a view.
template <class ViewContainer>
ContainerObservation ReadContainer(const ViewContainer& view) {
  ContainerObservation container{.name = view.name(),
                                 .image = view.image(),
                                 .ready = view.ready(),
                                 .restart_count = view.restart_count(),
                                 .current = ReadState(view.current_state())};
  if (!view.previous_state().state().empty()) {
    container.previous = ReadState(view.previous_state());
  }
  return container;
}

template <class List>
std::vector<ContainerObservation> ReadContainers(const List& list) {
  std::vector<ContainerObservation> containers;
  for (const auto& item : list) containers.push_back(ReadContainer(item));
  return containers;
}

std::string SpecNumber(float number) {
  std::string text = base::NumberText(number);
  return text.contains('.') ? text : text + ".0";
}

std::string InstanceSpec(const View& group) {
  if (!group.instance_type().empty()) return group.instance_type();
  if (!group.has_cpu() || !group.has_memory()) return {};
  return fmt::format("{}-{}Gi", SpecNumber(group.cpu()), SpecNumber(group.memory()));
}

void ReadTrouble(const View& group, GroupObservation* observation) {
  Seconds newest = 0;
  for (const eci::v1::Event& event : group.events()) {
    const Seconds at = ParseTime(event.last_timestamp());
    if (event.type() != "Warning" || at < newest) continue;
    newest = at;
    observation->trouble_reason = event.reason();
    observation->trouble_message = event.message();
  }
}

void ReadTrouble(const eci::v1::PodStatus& status, GroupObservation* observation) {
  for (const eci::v1::PodCondition& condition : status.conditions()) {
    if (condition.type() != "ContainerInstanceCreated" || condition.status() != "False") continue;
    observation->trouble_reason = condition.reason();
    observation->trouble_message = condition.message();
  }
}

void FillImageIds(const std::vector<ContainerObservation>& older,
                  std::vector<ContainerObservation>* newer) {
  for (ContainerObservation& container : *newer) {
    if (!container.image_id.empty()) continue;
    const auto known = std::ranges::find(older, container.name, &ContainerObservation::name);
    if (known != older.end() && known->image == container.image) {
      container.image_id = known->image_id;
    }
  }
}

}  // namespace

bool HasEnded(GroupStatus status) {
  return status == GroupStatus::kScheduleFailed || status == GroupStatus::kSucceeded ||
         status == GroupStatus::kFailed || status == GroupStatus::kExpired;
}

GroupObservation ObserveStatus(const eci::v1::ContainerGroupStatus& data) {
  GroupObservation observation;
  observation.group_id = data.container_group_id();
  observation.status = ParseStatus(data.status());
  observation.pod_ip = data.pod_status().pod_ip();
  observation.containers = ReadContainers(data.pod_status().container_statuses());
  if (MayBeInTrouble(observation.status)) ReadTrouble(data.pod_status(), &observation);
  return observation;
}

GroupObservation ObserveGroup(const eci::v1::ContainerGroup& group) {
  GroupObservation observation;
  observation.group_id = group.container_group_id();
  observation.status = ParseStatus(group.status());
  observation.pod_ip = group.intranet_ip();
  observation.instance_spec = InstanceSpec(group);
  observation.created_at = ParseTime(group.creation_time());
  observation.containers = ReadContainers(group.containers());
  observation.init_containers = ReadContainers(group.init_containers());
  if (MayBeInTrouble(observation.status)) ReadTrouble(group, &observation);
  return observation;
}

GroupObservation Merge(const GroupObservation& older, GroupObservation newer) {
  if (older.group_id != newer.group_id) return newer;
  if (!newer.init_containers) newer.init_containers = older.init_containers;
  if (newer.instance_spec.empty()) newer.instance_spec = older.instance_spec;
  if (newer.created_at == 0) newer.created_at = older.created_at;
  if (newer.pod_ip.empty()) newer.pod_ip = older.pod_ip;
  FillImageIds(older.containers, &newer.containers);
  if (newer.init_containers && older.init_containers) {
    FillImageIds(*older.init_containers, &*newer.init_containers);
  }
  // Only the call with events explains why a group does not start.
  if (MayBeInTrouble(newer.status) && newer.trouble_reason.empty()) {
    newer.trouble_reason = older.trouble_reason;
    newer.trouble_message = older.trouble_message;
  }
  return newer;
}

}  // namespace vk::translate
