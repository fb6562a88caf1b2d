#pragma once

#include <string>
#include <string_view>

#include "proto/kubernetes/core/v1/pod_status.pb.h"

namespace vk::translate {

// The condition that tells of a pod's container group.
inline constexpr char kInstanceCreated[] = "ContainerInstanceCreated";

// The message of that condition: it begins with the group's id, if there is one, and goes on with
// the trouble that there is, if any. A message without a group cannot be taken for one with a
// group, whatever `trouble` says: it may repeat what users wrote.
std::string InstanceMessage(std::string_view group_id, std::string_view trouble);

// The id of the group that a pod's status names, empty for none: that of the condition's message,
// else that of the containers' ids, unless the condition is False, which then says that there is no
// group. Only this node may write there (docs/ownership.md, section 1).
std::string GroupNamedIn(const k8s::io::api::core::v1::PodStatus& status);

}  // namespace vk::translate
