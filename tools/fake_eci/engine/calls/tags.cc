// Tags of groups and image caches.

#include <fmt/format.h>

#include <charconv>
#include <string>

#include "proto/eci/v1/tag.pb.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/calls/selection.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/text.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

using Tags = std::map<std::string, std::string>;

constexpr std::size_t kMaxTags = 20;
constexpr int kPageLimit = 50;

// The tags of one resource. Errors: InvalidParameter.NotFound.
base::Result<Tags*> TagsOf(World& world, std::string_view type, const std::string& id) {
  if (type == "ContainerGroup") {
    if (Group* group = world.FindGroup(id)) return &group->tags;
  } else if (type == "ImageCache") {
    if (ImageCache* cache = world.FindImageCache(id)) return &cache->tags;
  }
  return std::unexpected(
      CloudError("InvalidParameter.NotFound", fmt::format("There is no {} {}.", type, id)));
}

base::Status CheckType(const std::string& type) {
  return CheckOneOf("ResourceType", true, type, "ContainerGroup ImageCache DataCache VirtualNode");
}

bool IsWanted(const eci::v1::ListTagResourcesRequest& request, const std::string& key,
              const std::string& value) {
  if (request.tag().empty()) return true;
  for (const auto& tag : request.tag()) {
    if (tag.key() == key && (tag.value().empty() || tag.value() == value)) return true;
  }
  return false;
}

// All tags that fit, in a fixed order.
base::Result<std::vector<eci::v1::TagResource>> Collect(
    World& world, const eci::v1::ListTagResourcesRequest& request) {
  std::vector<std::string> ids(request.resource_id().begin(), request.resource_id().end());
  if (ids.empty() && request.resource_type() == "ContainerGroup") {
    for (const auto& [number, group] : world.groups) ids.push_back(group.id);
  }
  if (ids.empty() && request.resource_type() == "ImageCache") {
    for (const auto& [number, cache] : world.image_caches) ids.push_back(cache.id);
  }
  std::vector<eci::v1::TagResource> found;
  for (const std::string& id : ids) {
    const auto tags = TagsOf(world, request.resource_type(), id);
    if (!tags) continue;
    for (const auto& [key, value] : **tags) {
      if (!IsWanted(request, key, value)) continue;
      eci::v1::TagResource& item = found.emplace_back();
      item.set_resource_type(request.resource_type());
      item.set_resource_id(id);
      item.set_tag_key(key);
      item.set_tag_value(value);
    }
  }
  return found;
}

}  // namespace

VK_FAKE_HANDLER(TagResources) {
  VK_CHECK_OK(CheckType(request.resource_type()));
  for (const auto& tag : request.tag()) VK_CHECK_OK(ValidateTag(tag.key(), tag.value()));
  std::vector<Tags*> resources;
  for (const std::string& id : request.resource_id()) {
    VK_TRY(tags, TagsOf(world, request.resource_type(), id));
    Tags merged = *tags;
    for (const auto& tag : request.tag()) merged[tag.key()] = tag.value();
    if (merged.size() > kMaxTags) return std::unexpected(CloudError("NumberExceed.Tags"));
    resources.push_back(tags);
  }
  for (Tags* tags : resources) {
    for (const auto& tag : request.tag()) (*tags)[tag.key()] = tag.value();
  }
  return eci::v1::TagResourcesResponse();
}

VK_FAKE_HANDLER(UntagResources) {
  VK_CHECK_OK(CheckType(request.resource_type()));
  std::vector<Tags*> resources;
  for (const std::string& id : request.resource_id()) {
    VK_TRY(tags, TagsOf(world, request.resource_type(), id));
    resources.push_back(tags);
  }
  for (Tags* tags : resources) {
    if (request.all() && request.tag_key().empty()) tags->clear();
    for (const std::string& key : request.tag_key()) tags->erase(key);
  }
  return eci::v1::UntagResourcesResponse();
}

VK_FAKE_HANDLER(ListTagResources) {
  VK_CHECK_OK(CheckType(request.resource_type()));
  int limit = kPageLimit;
  if (const std::string& text = request.limit(); !text.empty()) {
    std::from_chars(text.data(), text.data() + text.size(), limit);
    VK_CHECK_OK(CheckRange("Limit", true, limit, 1, kPageLimit));
  }
  const auto after = request.next_token().empty() ? 0 : ParsePageToken(request.next_token());
  if (!after) return std::unexpected(InvalidParameter("NextToken", "no listing made it"));
  VK_TRY(found, Collect(world, request));
  eci::v1::ListTagResourcesResponse reply;
  if (world.empty_listing) return reply;
  for (std::size_t i = *after; i < found.size(); ++i) {
    if (reply.tag_resources_size() == limit) {
      reply.set_next_token(PageToken(i));
      break;
    }
    *reply.add_tag_resources() = std::move(found[i]);
  }
  return reply;
}

}  // namespace vk::fake
