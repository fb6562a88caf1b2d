#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vk::eci::v1 {
class CreateContainerGroupRequest;
class Volume;
}  // namespace vk::eci::v1

namespace vk::fake {

// Whether the volume is a cloud disk: a DiskVolume, or a FlexVolume of alicloud/disk.
bool IsDisk(const eci::v1::Volume& volume);

// The id of the disk that the volume attaches. Such a disk was there before the group and outlives
// it, and is attached to at most one group. Empty for one that is made with its group and ends with
// it, and for what is no disk.
std::string DiskIdOf(const eci::v1::Volume& volume);

// The disks of all volumes, in their order.
std::vector<std::string> DiskIdsOf(const eci::v1::CreateContainerGroupRequest& request);

}  // namespace vk::fake
