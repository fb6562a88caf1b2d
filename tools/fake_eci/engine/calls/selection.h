#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {

// A group of this region, or null.
Group* FindGroupIn(World& world, std::string_view region, std::string_view id);
// The same. Errors: InvalidContainerGroupId.NotFound.
base::Result<Group*> GetGroup(World& world, std::string_view region, std::string_view id);

// What the listings of groups have in common. Empty members do not filter.
struct GroupFilter {
  std::string region;
  std::string ids_json;  // ContainerGroupIds as it came.
  std::string name;
  std::string status;
  std::string zone;
  std::string vswitch_id;
  std::string security_group_id;
  std::vector<std::pair<std::string, std::string>> tags;  // All must match; an empty value any.
  std::optional<std::chrono::seconds> changed_within;     // SinceSecond
  int limit = 0;
  std::string next_token;
};

struct GroupPage {
  std::vector<const Group*> groups;  // In order of creation.
  int total = 0;                     // Matches on all pages.
  std::string next_token;            // Empty on the last page.
};

// Reads what all of these requests share: region, zone, ids, vSwitch, tags, limit, token.
template <class Request>
GroupFilter CommonFilter(const Request& request, int default_limit) {
  GroupFilter filter;
  filter.region = request.region_id();
  filter.ids_json = request.container_group_ids();
  filter.zone = request.zone_id();
  filter.vswitch_id = request.v_switch_id();
  for (const auto& tag : request.tag()) filter.tags.emplace_back(tag.key(), tag.value());
  filter.limit = request.has_limit() ? request.limit() : default_limit;
  filter.next_token = request.next_token();
  return filter;
}

// One page. Groups younger than the listing lag do not show. `most` is the largest limit.
// Errors: InvalidParameter for a bad limit, token or list of ids, too many ids (20) or tags (10).
base::Result<GroupPage> SelectGroups(const World& world, const GroupFilter& filter, int most);

// Whether `tags` holds all that is asked for.
bool HasTags(const std::map<std::string, std::string>& tags,
             const std::vector<std::pair<std::string, std::string>>& wanted);

// SinceSecond. Errors: InvalidParameter outside 60 to 3600.
base::Result<std::optional<std::chrono::seconds>> SinceSecond(bool present, int seconds);

}  // namespace vk::fake
