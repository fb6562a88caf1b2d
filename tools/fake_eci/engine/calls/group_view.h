#pragma once

#include <string>

namespace vk::eci::v1 {
class ContainerGroup;
class Event;
}  // namespace vk::eci::v1

namespace vk::fake {

struct Group;
struct GroupEvent;

// A group as DescribeContainerGroups shows it: what it was made of, in that call's other spelling,
// and its states. Values of containers with EnvironmentVarHide are left out, passwords never kept.
void FillGroup(const Group& group, eci::v1::ContainerGroup* view);

// One of its events, or of an image cache's.
void FillEvent(const GroupEvent& event, const std::string& name, eci::v1::Event* view);

}  // namespace vk::fake
