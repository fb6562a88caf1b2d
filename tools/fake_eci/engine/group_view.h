#pragma once

namespace vk::eci::v1 {
class ContainerGroup;
}

namespace vk::fake {

struct Group;

// A group as DescribeContainerGroups shows it: what it was made of, in that call's other spelling,
// and its states. Values of containers with EnvironmentVarHide are left out, passwords never kept.
void FillGroup(const Group& group, eci::v1::ContainerGroup* view);

}  // namespace vk::fake
