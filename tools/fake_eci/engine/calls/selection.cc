#include "tools/fake_eci/engine/calls/selection.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/text.h"

namespace vk::fake {
namespace {

constexpr std::size_t kMaxIds = 20;
constexpr std::size_t kMaxTagFilters = 10;

bool Equal(const std::string& wanted, const std::string& actual) {
  return wanted.empty() || wanted == actual;
}

bool Matches(const World& world, const GroupFilter& filter,
             const std::optional<std::vector<std::string>>& ids, const Group& group) {
  const base::TimePoint now = world.now.steady;
  if (group.region != filter.region || !Equal(filter.name, group.name) ||
      !Equal(filter.status, group.status) || !Equal(filter.zone, group.zone) ||
      !Equal(filter.vswitch_id, group.vswitch_id) ||
      !Equal(filter.security_group_id, group.security_group_id)) {
    return false;
  }
  if (ids && std::ranges::find(*ids, group.id) == ids->end()) return false;
  if (group.created.steady + world.options.behaviours.listing_lag > now) return false;
  if (world.options.behaviours.hidden.contains(group.id)) return false;
  if (filter.changed_within && group.changed + *filter.changed_within < now) return false;
  return HasTags(group.tags, filter.tags);
}

}  // namespace

Group* FindGroupIn(World& world, std::string_view region, std::string_view id) {
  Group* group = world.FindGroup(id);
  return group != nullptr && group->region == region ? group : nullptr;
}

base::Result<Group*> GetGroup(World& world, std::string_view region, std::string_view id) {
  if (Group* group = FindGroupIn(world, region, id)) return group;
  return std::unexpected(CloudError("InvalidContainerGroupId.NotFound"));
}

bool HasTags(const std::map<std::string, std::string>& tags,
             const std::vector<std::pair<std::string, std::string>>& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& tag) {
    const auto it = tags.find(tag.first);
    return it != tags.end() && (tag.second.empty() || it->second == tag.second);
  });
}

base::Result<std::optional<std::chrono::seconds>> SinceSecond(bool present, int seconds) {
  if (!present) return std::nullopt;
  if (seconds >= 60 && seconds <= 3600) return std::chrono::seconds(seconds);
  return std::unexpected(InvalidParameter("SinceSecond", "it must be between 60 and 3600"));
}

base::Result<GroupPage> SelectGroups(const World& world, const GroupFilter& filter, int most) {
  if (filter.limit < 1 || filter.limit > most) {
    return std::unexpected(
        InvalidParameter("Limit", fmt::format("it must be between 1 and {}", most)));
  }
  if (filter.tags.size() > kMaxTagFilters) {
    return std::unexpected(InvalidParameter("Tag", "at most 10 filter"));
  }
  std::optional<std::vector<std::string>> ids;
  if (!filter.ids_json.empty()) {
    VK_TRY(parsed, ParseTextArray("ContainerGroupIds", filter.ids_json));
    if (parsed.size() > kMaxIds) {
      return std::unexpected(InvalidParameter("ContainerGroupIds", "at most 20 ids"));
    }
    ids = std::move(parsed);
  }
  const auto after = filter.next_token.empty() ? 0 : ParsePageToken(filter.next_token);
  if (!after) return std::unexpected(InvalidParameter("NextToken", "no listing made it"));

  GroupPage page;
  if (world.empty_listing) return page;
  bool more = false;
  for (const auto& [number, group] : world.groups) {
    if (!Matches(world, filter, ids, group)) continue;
    ++page.total;
    if (number <= *after) continue;
    if (static_cast<int>(page.groups.size()) < filter.limit) {
      page.groups.push_back(&group);
    } else {
      more = true;
    }
  }
  if (more) page.next_token = PageToken(page.groups.back()->number);
  return page;
}

}  // namespace vk::fake
