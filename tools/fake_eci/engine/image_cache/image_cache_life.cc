#include "tools/fake_eci/engine/image_cache/image_cache_life.h"

#include <algorithm>
#include <chrono>

#include "proto/fake/v1/image_cache_snapshot.pb.h"
#include "tools/fake_eci/engine/text.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::chrono::hours kFailedShown{24};

ImageCache* Find(World& world, std::uint64_t number, std::uint64_t epoch) {
  const auto it = world.image_caches.find(number);
  return it == world.image_caches.end() || it->second.epoch != epoch ? nullptr : &it->second;
}

void AddStep(World& world, const ImageCache& cache, std::chrono::nanoseconds after, StepKind kind) {
  world.agenda.Add(world.now.steady + after,
                   {.kind = kind, .owner = cache.number, .epoch = cache.epoch});
}

void BecomeReady(World& world, ImageCache& cache) {
  cache.status = "Ready";
  cache.held = cache.images;
  if (cache.snapshot_id.empty()) {
    cache.snapshot_id = DrawResourceId("s", cache.region, world.random);
  }
}

void BecomeFailed(World& world, ImageCache& cache, const std::string& message) {
  AddEvent(&cache.events, world.now.wall, "kubelet", "Warning", "Failed", message);
  cache.status = cache.held.empty() ? "Failed" : "UpdateFailed";
  if (cache.status == "Failed") AddStep(world, cache, kFailedShown, StepKind::kCacheExpired);
}

// The next epoch: pulls its images, and ends when it expires.
void Pull(World& world, ImageCache& cache) {
  ++cache.epoch;
  cache.images_had = 0;
  if (cache.expires) {
    AddStep(world, cache,
            std::chrono::duration_cast<std::chrono::nanoseconds>(*cache.expires - world.now.wall),
            StepKind::kCacheExpired);
  }
  if (world.image_host != nullptr) {
    world.image_host->Hold(cache);
    return;
  }
  cache.pull_begin = world.now.steady;
  cache.pull_end = world.now.steady + world.latency.ImageCache();
  AddStep(world, cache, cache.pull_end - cache.pull_begin, StepKind::kCacheReady);
}

// What is cut off has no time of creation, which is written after all that a cache must have.
bool IsWhole(const v1::ImageCacheSnapshot& snapshot) {
  return !snapshot.id().empty() && snapshot.images_size() > 0 && snapshot.created_ms() != 0;
}

ImageCache ReadCache(const v1::ImageCacheSnapshot& snapshot) {
  ImageCache cache;
  cache.id = snapshot.id();
  cache.name = snapshot.name();
  cache.region = snapshot.region();
  cache.snapshot_id = snapshot.snapshot_id();
  cache.maker_id = snapshot.maker_id();
  cache.images = {snapshot.images().begin(), snapshot.images().end()};
  cache.held = {snapshot.held().begin(), snapshot.held().end()};
  cache.pull_secrets = snapshot.pull_secrets();
  cache.tags = {snapshot.tags().begin(), snapshot.tags().end()};
  cache.status = snapshot.status();
  cache.size = snapshot.size();
  cache.elimination_strategy = snapshot.elimination_strategy();
  cache.created = FromUnixMilliseconds(snapshot.created_ms());
  if (snapshot.has_expires_ms()) {
    cache.expires = FromUnixMilliseconds(snapshot.expires_ms());
  }
  return cache;
}

}  // namespace

void BeginPulling(World& world, ImageCache& cache, std::string_view status) {
  cache.status = status;
  Pull(world, cache);
}

std::string ProgressOf(const World& world, const ImageCache& cache) {
  std::int64_t percent = 0;
  if (cache.status == "Ready") {
    percent = 100;
  } else if (world.image_host != nullptr) {
    percent = static_cast<std::int64_t>(100 * cache.images_had / cache.images.size());
  } else if (cache.pull_end > cache.pull_begin) {
    percent = 100 * (world.now.steady - cache.pull_begin) / (cache.pull_end - cache.pull_begin);
  }
  return std::to_string(std::clamp<std::int64_t>(percent, 0, 100)) + "%";
}

void RemoveImageCache(World& world, const ImageCache& cache) {
  if (world.image_host != nullptr) world.image_host->Drop(cache);
  world.image_caches.erase(cache.number);
}

void RunImageCacheStep(World& world, const Step& step) {
  ImageCache* cache = Find(world, step.owner, step.epoch);
  if (cache == nullptr) return;
  if (step.kind == StepKind::kCacheExpired) {
    RemoveImageCache(world, *cache);
  } else {
    BecomeReady(world, *cache);
  }
}

void ReportImages(World& world, const ImageReport& report) {
  ImageCache* cache = Find(world, report.cache, report.epoch);
  if (cache == nullptr) return;
  switch (report.kind) {
    case ImageReport::Kind::kHad:
      ++cache->images_had;
      AddEvent(&cache->events, world.now.wall, "kubelet", "Normal", "Pulled", report.message);
      return;
    case ImageReport::Kind::kHeld:
      BecomeReady(world, *cache);
      break;
    case ImageReport::Kind::kNotHeld:
      BecomeFailed(world, *cache, report.message);
      break;
  }
  world.image_host->Remember(*cache);
}

std::string SnapshotOf(const ImageCache& cache) {
  v1::ImageCacheSnapshot snapshot;
  snapshot.set_id(cache.id);
  snapshot.set_name(cache.name);
  snapshot.set_region(cache.region);
  snapshot.set_snapshot_id(cache.snapshot_id);
  snapshot.set_maker_id(cache.maker_id);
  snapshot.mutable_images()->Add(cache.images.begin(), cache.images.end());
  snapshot.mutable_held()->Add(cache.held.begin(), cache.held.end());
  snapshot.set_pull_secrets(cache.pull_secrets);
  snapshot.mutable_tags()->insert(cache.tags.begin(), cache.tags.end());
  snapshot.set_status(cache.status);
  snapshot.set_size(cache.size);
  snapshot.set_elimination_strategy(cache.elimination_strategy);
  snapshot.set_created_ms(UnixMilliseconds(cache.created));
  if (cache.expires) snapshot.set_expires_ms(UnixMilliseconds(*cache.expires));
  return snapshot.SerializeAsString();
}

base::Status AdoptImageCache(World& world, std::string_view bytes) {
  v1::ImageCacheSnapshot snapshot;
  if (!snapshot.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !IsWhole(snapshot)) {
    return std::unexpected(
        Error(ErrorCode::kInvalidArgument, "adopt an image cache: its snapshot is damaged"));
  }
  if (world.FindImageCache(snapshot.id()) != nullptr) {
    return std::unexpected(Error(ErrorCode::kAlreadyExists, "adopt an image cache: it is known"));
  }
  ImageCache made = ReadCache(snapshot);
  made.number = world.next_number++;
  ImageCache& cache = world.image_caches.emplace(made.number, std::move(made)).first->second;
  if (cache.status == "Failed") {
    AddStep(world, cache, kFailedShown, StepKind::kCacheExpired);
  } else {
    Pull(world, cache);
  }
  return {};
}

}  // namespace vk::fake
