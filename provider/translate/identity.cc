#include "provider/translate/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <utility>

#include "proto/eci/v1/container_group_view.pb.h"
#include "provider/translate/stable_hash.h"

namespace vk::translate {
namespace {

constexpr std::size_t kLongestTagValue = 128;
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kUidDigits = 8;

struct IdentityTag {
  std::string_view key;
  std::string GroupIdentity::* field;
  bool listed;  // A filter of every listing.
};
constexpr IdentityTag kTags[] = {
    {"virtual-node/cluster", &GroupIdentity::cluster_id, true},
    {"virtual-node/kube-system-uid", &GroupIdentity::kube_system_uid, true},
    {"virtual-node/node", &GroupIdentity::node_name, true},
    {"virtual-node/namespace", &GroupIdentity::ns, false},
    {"virtual-node/pod", &GroupIdentity::pod_name, false},
    {"virtual-node/pod-uid", &GroupIdentity::pod_uid, false},
};

eci::v1::Tag MakeTag(const IdentityTag& tag, const GroupIdentity& identity) {
  eci::v1::Tag made;
  made.set_key(std::string(tag.key));
  made.set_value(TagValue(identity.*tag.field));
  return made;
}

}  // namespace

std::string GroupName(std::string_view ns, std::string_view pod, std::string_view uid) {
  std::string name = fmt::format("{}-{}", ns, pod).substr(0, kLongestName);
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::islower(c) == 0 && std::isdigit(c) == 0; }, '-');
  name += '-';
  std::size_t digits = 0;
  for (const char c : uid) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0 || digits == kUidDigits) continue;
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    ++digits;
  }
  return name;
}

std::vector<eci::v1::Tag> IdentityTags(const GroupIdentity& identity) {
  std::vector<eci::v1::Tag> tags;
  for (const IdentityTag& tag : kTags) tags.push_back(MakeTag(tag, identity));
  return tags;
}

std::vector<eci::v1::Tag> ListingTags(const GroupIdentity& identity) {
  std::vector<eci::v1::Tag> tags;
  for (const IdentityTag& tag : kTags) {
    const bool of_pod = tag.field == &GroupIdentity::pod_uid && !identity.pod_uid.empty();
    if (tag.listed || of_pod) tags.push_back(MakeTag(tag, identity));
  }
  return tags;
}

std::string TagValue(std::string_view value) {
  if (value.size() <= kLongestTagValue) return std::string(value);
  const std::string hash = fmt::format("-{:016x}", StableHash(value));
  return std::string(value.substr(0, kLongestTagValue - hash.size())) + hash;
}

GroupIdentity ReadIdentity(const eci::v1::ContainerGroup& group) {
  GroupIdentity identity;
  for (const eci::v1::Tag& tag : group.tags()) {
    const auto* known = std::ranges::find(kTags, tag.key(), &IdentityTag::key);
    if (known != std::end(kTags)) identity.*known->field = tag.value();
  }
  return identity;
}

}  // namespace vk::translate
