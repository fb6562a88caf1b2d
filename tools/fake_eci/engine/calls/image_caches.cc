// The calls of image caches.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "proto/eci/v1/image_cache.pb.h"
#include "tools/fake_eci/engine/calls/group_view.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/calls/selection.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/group/spec.h"
#include "tools/fake_eci/engine/image_cache/image_cache_life.h"
#include "tools/fake_eci/engine/network.h"
#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/text.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

constexpr int kMaxImages = 20;
constexpr int kPageLimit = 50;

base::Status CheckCache(const auto& request) {
  if (request.image_size() > kMaxImages) {
    return std::unexpected(InvalidParameter("Image", "a cache holds at most 20 images"));
  }
  VK_CHECK_OK(CheckRange("ImageCacheSize", request.has_image_cache_size(),
                         request.image_cache_size(), 20, 32'768));
  return CheckOneOf("EliminationStrategy", request.has_elimination_strategy(),
                    request.elimination_strategy(), "LRU");
}

void ReadCache(const World& world, const auto& request, ImageCache* cache) {
  if (!request.image_cache_name().empty()) cache->name = request.image_cache_name();
  if (request.image_size() > 0) cache->images = {request.image().begin(), request.image().end()};
  if (request.has_image_cache_size()) cache->size = request.image_cache_size();
  if (request.has_elimination_strategy()) {
    cache->elimination_strategy = request.elimination_strategy();
  }
  if (request.has_retention_days()) {
    cache->expires = world.now.wall + std::chrono::days(request.retention_days());
  }
  KeepPullSecrets(request.image_registry_credential(), &cache->pull_secrets);
  for (const auto& tag : request.tag()) cache->tags[tag.key()] = tag.value();
}

base::Result<ImageCache*> GetCache(World& world, const std::string& region, const std::string& id) {
  ImageCache* cache = world.FindImageCache(id);
  if (cache != nullptr && cache->region == region) return cache;
  return std::unexpected(CloudError("InvalidParameter.NotFound", "There is no image cache " + id));
}

bool Matches(const eci::v1::DescribeImageCachesRequest& request, const ImageCache& cache) {
  const auto equal = [](const std::string& wanted, const std::string& actual) {
    return wanted.empty() || wanted == actual;
  };
  std::vector<std::pair<std::string, std::string>> tags;
  for (const auto& tag : request.tag()) tags.emplace_back(tag.key(), tag.value());
  const auto& wanted = request.match_image();
  const auto holds = [&](const std::string& image) { return HoldsAll(cache, {image}); };
  const bool images_match =
      wanted.empty() || (request.image_full_match() ? std::ranges::all_of(wanted, holds)
                                                    : std::ranges::any_of(wanted, holds));
  return cache.region == request.region_id() && equal(request.image_cache_id(), cache.id) &&
         equal(request.image_cache_name(), cache.name) &&
         equal(request.snapshot_id(), cache.snapshot_id) &&
         (request.image().empty() || HoldsAll(cache, {request.image()})) && images_match &&
         HasTags(cache.tags, tags);
}

void FillCache(const World& world, const ImageCache& cache, eci::v1::ImageCache* view) {
  view->set_region_id(cache.region);
  view->set_container_group_id(cache.maker_id);
  view->set_image_cache_id(cache.id);
  view->set_image_cache_name(cache.name);
  view->set_status(cache.status);
  view->set_creation_time(TimeText(cache.created));
  view->set_elimination_strategy(cache.elimination_strategy);
  if (cache.expires) view->set_expire_date_time(TimeText(*cache.expires));
  view->set_image_cache_size(cache.size);
  for (const std::string& image : cache.images) view->add_images(image);
  if (cache.last_matched) view->set_last_matched_time(TimeText(*cache.last_matched));
  view->set_progress(ProgressOf(world, cache));
  view->set_snapshot_id(cache.snapshot_id);
  for (const auto& [key, value] : cache.tags) {
    auto* tag = view->add_tags();
    tag->set_key(key);
    tag->set_value(value);
  }
  for (const GroupEvent& event : cache.events) FillEvent(event, cache.name, view->add_events());
}

}  // namespace

VK_FAKE_HANDLER(CreateImageCache) {
  VK_CHECK_OK(CheckCache(request));
  if (static_cast<int>(world.image_caches.size()) >= world.options.quotas.image_caches) {
    return std::unexpected(CloudError("QuotaExceeded", "Image cache quota exceeded."));
  }
  ImageCache cache;
  cache.number = world.next_number++;
  cache.id = DrawResourceId("imc", request.region_id(), world.random);
  cache.region = request.region_id();
  cache.maker_id = DrawResourceId("eci", request.region_id(), world.random);
  cache.created = world.now.wall;
  ReadCache(world, request, &cache);
  ImageCache& kept = world.image_caches.emplace(cache.number, std::move(cache)).first->second;
  BeginPulling(world, kept, "Creating");

  eci::v1::CreateImageCacheResponse reply;
  reply.set_image_cache_id(kept.id);
  reply.set_container_group_id(kept.maker_id);
  return reply;
}

VK_FAKE_HANDLER(UpdateImageCache) {
  VK_TRY(cache, GetCache(world, request.region_id(), request.image_cache_id()));
  VK_CHECK_OK(CheckCache(request));
  if (cache->status != "Ready" && cache->status != "UpdateFailed") {
    return std::unexpected(CloudError("ImageCache.IncorrectStatus", cache->status));
  }
  ReadCache(world, request, cache);
  BeginPulling(world, *cache, "Updating");
  return eci::v1::UpdateImageCacheResponse();
}

VK_FAKE_HANDLER(DescribeImageCaches) {
  const int limit = request.has_limit() ? request.limit() : kPageLimit;
  VK_CHECK_OK(CheckRange("Limit", true, limit, 1, kPageLimit));
  const auto after = request.next_token().empty() ? 0 : ParsePageToken(request.next_token());
  if (!after) return std::unexpected(InvalidParameter("NextToken", "no listing made it"));
  eci::v1::DescribeImageCachesResponse reply;
  int total = 0;
  std::uint64_t last = 0;
  for (const auto& [number, cache] : world.image_caches) {
    if (world.empty_listing || !Matches(request, cache)) continue;
    ++total;
    if (number <= *after) continue;
    if (reply.image_caches_size() == limit) {
      reply.set_next_token(PageToken(last));
    } else {
      last = number;
      FillCache(world, cache, reply.add_image_caches());
    }
  }
  reply.set_total_count(total);
  return reply;
}

VK_FAKE_HANDLER(DeleteImageCache) {
  VK_TRY(cache, GetCache(world, request.region_id(), request.image_cache_id()));
  RemoveImageCache(world, *cache);
  return eci::v1::DeleteImageCacheResponse();
}

}  // namespace vk::fake
