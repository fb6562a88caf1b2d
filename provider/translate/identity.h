#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/eci/v1/types.pb.h"

namespace vk::eci::v1 {
class ContainerGroup;
}  // namespace vk::eci::v1

namespace vk::translate {

// The tags that say whose a group is; only DescribeContainerGroups carries them. Source: ownership
// of container groups, §1.
struct GroupIdentity {
  std::string cluster_id;
  std::string kube_system_uid;
  std::string node_name;
  std::string ns;
  std::string pod_name;
  std::string pod_uid;

  bool operator==(const GroupIdentity&) const = default;
};

// The identity in a group's tags; fields whose tag is missing stay empty.
GroupIdentity ReadIdentity(const eci::v1::ContainerGroup& group);

// `<ns>-<pod>` with other characters as '-', cut to 100, '-', first 8 hex digits of the UID.
std::string GroupName(std::string_view ns, std::string_view pod, std::string_view uid);

// The tags every group of a pod carries, and those that a listing filters by: cluster id,
// kube-system UID, node name, and the pod's UID when `identity` has one.
std::vector<eci::v1::Tag> IdentityTags(const GroupIdentity& identity);
std::vector<eci::v1::Tag> ListingTags(const GroupIdentity& identity);
// A value of over 128 characters becomes a prefix and a hash.
std::string TagValue(std::string_view value);

}  // namespace vk::translate
