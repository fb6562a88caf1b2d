#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "proto/eci/v1/image_cache.pb.h"
#include "test/tools/fake_eci/engine/cloud_fixture.h"
#include "tools/fake_eci/engine/image_cache/image_cache.h"
#include "tools/fake_eci/engine/image_cache/image_cache_life.h"
#include "tools/fake_eci/engine/image_cache/image_host.h"

namespace vk::fake {

// Notes what it is told ("hold app:1 web:1", "remember Ready", "drop"), and keeps of each cache
// what a real host would. Pulls nothing: a test says what became of it.
class RecordingImageHost final : public ImageHost {
 public:
  void Hold(const ImageCache& cache) override {
    std::string line = "hold";
    for (const std::string& image : cache.images) line += " " + image;
    told.push_back(std::move(line));
    pull_secrets = cache.pull_secrets;
    held = cache.held;
    snapshots[cache.id] = SnapshotOf(cache);
    rounds_[cache.id] = {
        .kind = ImageReport::Kind::kHeld, .cache = cache.number, .epoch = cache.epoch};
  }
  void Remember(const ImageCache& cache) override {
    told.push_back("remember " + cache.status);
    snapshots[cache.id] = SnapshotOf(cache);
  }
  void Drop(const ImageCache& cache) override {
    told.emplace_back("drop");
    snapshots.erase(cache.id);
  }

  // What would be reported of the newest Hold of this cache.
  ImageReport Done(const std::string& id, ImageReport::Kind kind, std::string message = {}) const {
    ImageReport report = rounds_.at(id);
    report.kind = kind;
    report.message = std::move(message);
    return report;
  }

  std::vector<std::string> told;
  std::vector<std::string> held;                 // The images of the cache in the newest Hold.
  std::map<std::string, std::string> snapshots;  // By the id of the cache.
  std::string pull_secrets;                      // Those of the newest Hold.

 private:
  std::map<std::string, ImageReport> rounds_;
};

// A cloud whose caches are held by a host, and the calls of image caches.
class ImageCacheTest : public CloudTest {
 protected:
  using Kind = ImageReport::Kind;

  explicit ImageCacheTest(CloudOptions options = {}) : CloudTest(std::move(options)) {
    cloud_.set_image_host(&host_);
    host_.told.clear();
  }

  static eci::v1::CreateImageCacheRequest CacheRequest(const std::vector<std::string>& images) {
    eci::v1::CreateImageCacheRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_image_cache_name("cache");
    for (const std::string& image : images) request.add_image(image);
    return request;
  }

  // Creates and expects success; returns its id.
  std::string CreateCache(const eci::v1::CreateImageCacheRequest& request) {
    const auto reply = Call<eci::v1::CreateImageCacheResponse>("CreateImageCache", request);
    EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
    return reply ? reply->image_cache_id() : "";
  }
  std::string CreateReadyCache(const eci::v1::CreateImageCacheRequest& request) {
    const std::string id = CreateCache(request);
    Report(id, Kind::kHeld);
    return id;
  }

  auto Update(const std::string& id, const std::string& image) {
    eci::v1::UpdateImageCacheRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_image_cache_id(id);
    request.add_image(image);
    return Call<eci::v1::UpdateImageCacheResponse>("UpdateImageCache", request);
  }

  auto DeleteCache(const std::string& id) {
    eci::v1::DeleteImageCacheRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_image_cache_id(id);
    return Call<eci::v1::DeleteImageCacheResponse>("DeleteImageCache", request);
  }

  void Report(const std::string& id, Kind kind, std::string message = {}) {
    cloud_.Report(host_.Done(id, kind, std::move(message)));
  }

  // As DescribeImageCaches shows it; empty when it is not listed.
  static eci::v1::ImageCache DescribeIn(Cloud& cloud, const std::string& id) {
    eci::v1::DescribeImageCachesRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_image_cache_id(id);
    eci::v1::DescribeImageCachesResponse reply;
    EXPECT_TRUE(cloud.Call("test-key", "DescribeImageCaches", request, &reply).status);
    return reply.image_caches_size() == 1 ? reply.image_caches(0) : eci::v1::ImageCache();
  }
  eci::v1::ImageCache DescribeCache(const std::string& id) { return DescribeIn(cloud_, id); }
  std::string CacheStatus(const std::string& id) { return DescribeCache(id).status(); }

  // Reasons of a group's or a cache's events.
  static std::vector<std::string> Reasons(const auto& view) {
    std::vector<std::string> reasons;
    for (const auto& event : view.events()) reasons.push_back(event.reason());
    return reasons;
  }

  RecordingImageHost host_;
};

}  // namespace vk::fake
