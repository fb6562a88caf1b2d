#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vk::eci::v1 {
class ContainerGroup;
class ContainerGroupStatus;
}  // namespace vk::eci::v1

namespace vk::translate {

// A moment as the cloud and Kubernetes write it, in whole seconds since 1970; 0: not told.
using Seconds = std::int64_t;

enum class ContainerPhase { kWaiting, kRunning, kTerminated };

struct ContainerState {
  ContainerPhase phase = ContainerPhase::kWaiting;
  std::string reason;
  std::string message;
  std::int32_t exit_code = 0;  // Terminated only, as `signal`.
  std::int32_t signal = 0;
  Seconds started_at = 0;
  Seconds finished_at = 0;  // Terminated only.

  bool operator==(const ContainerState&) const = default;
};

struct ContainerObservation {
  std::string name;
  std::string image;
  std::string image_id;
  bool ready = false;
  std::int32_t restart_count = 0;
  ContainerState current;
  std::optional<ContainerState> previous;  // How the run before ended, once there was one.

  bool operator==(const ContainerObservation&) const = default;
};

// Source: ECI, "Life cycle of an elastic container instance".
enum class GroupStatus {
  kUnknown,  // A status this program does not know; treated as no news.
  kScheduling,
  kScheduleFailed,
  kPending,
  kRunning,
  kRestarting,
  kUpdating,
  kTerminating,
  kSucceeded,
  kFailed,
  kExpired,
};

// True when no container of the group runs or will run again.
bool HasEnded(GroupStatus status);

// What one call told about one container group, whichever call it was. Values only; compared to
// find out whether anything changed.
struct GroupObservation {
  std::string group_id;
  GroupStatus status = GroupStatus::kUnknown;
  std::string pod_ip;
  std::string instance_spec;  // "2.0-4.0Gi" or an ECS type; only from DescribeContainerGroups.
  Seconds created_at = 0;     // Only from DescribeContainerGroups.
  std::vector<ContainerObservation> containers;
  // Only DescribeContainerGroups carries them; absent: not told, as opposed to none.
  std::optional<std::vector<ContainerObservation>> init_containers;
  std::string trouble_reason;  // Reason and message of the newest warning event that explains a
                               // group that does not start.
  std::string trouble_message;

  bool operator==(const GroupObservation&) const = default;
};

GroupObservation ObserveStatus(const eci::v1::ContainerGroupStatus& data);
GroupObservation ObserveGroup(const eci::v1::ContainerGroup& group);

// Fills in what `newer` was not told (init containers, specification, creation) from `older`
// observations of the same group.
GroupObservation Merge(const GroupObservation& older, GroupObservation newer);

}  // namespace vk::translate
