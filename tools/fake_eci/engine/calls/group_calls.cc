// The calls that act on one existing group, but for updates.

#include <string>

#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/calls/selection.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/group/group_life.h"
#include "tools/fake_eci/engine/group/spec.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {

VK_FAKE_HANDLER(DeleteContainerGroup) {
  Group* group = FindGroupIn(world, request.region_id(), request.container_group_id());
  if (group != nullptr) {
    GroupLife(world).Delete(*group, request.force());
  } else if (world.options.behaviours.delete_unknown_fails) {
    return std::unexpected(CloudError("InvalidContainerGroupId.NotFound"));
  }
  return eci::v1::DeleteContainerGroupResponse();
}

VK_FAKE_HANDLER(RestartContainerGroup) {
  VK_TRY(group, GetGroup(world, request.region_id(), request.container_group_id()));
  if (group->status != "Pending" && group->status != "Running") {
    return std::unexpected(CloudError("IncorrectStatus", group->status));
  }
  GroupLife(world).Restart(*group);
  return eci::v1::RestartContainerGroupResponse();
}

VK_FAKE_HANDLER(ResizeContainerGroupVolume) {
  VK_TRY(group, GetGroup(world, request.region_id(), request.container_group_id()));
  if (group->status != "Running") {
    return std::unexpected(CloudError("IncorrectStatusDetail", group->status));
  }
  eci::v1::CreateContainerGroupRequest spec = ParseSpec(*group);
  for (eci::v1::Volume& volume : *spec.mutable_volume()) {
    if (volume.name() != request.volume_name()) continue;
    if (volume.type() != "DiskVolume") return std::unexpected(CloudError("InvalidVolumeType"));
    if (request.new_size() < volume.disk_volume().disk_size() || request.new_size() > 32'768) {
      return std::unexpected(InvalidParameter("NewSize", "a volume grows, up to 32768 GiB"));
    }
    volume.mutable_disk_volume()->set_disk_size(static_cast<int>(request.new_size()));
    KeepSpec(std::move(spec), group);
    return eci::v1::ResizeContainerGroupVolumeResponse();
  }
  return std::unexpected(InvalidParameter("VolumeName", "the group has no such volume"));
}

}  // namespace vk::fake
