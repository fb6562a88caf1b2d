#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "test/tools/fake_eci/engine/image_cache/image_cache_fixture.h"
#include "tools/fake_eci/engine/image_cache/image_cache.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class BestMatchTest : public testing::Test {
 protected:
  ImageCache& Add(const std::string& id, const std::vector<std::string>& images) {
    ImageCache& cache = caches_[caches_.size() + 1];
    cache.id = id;
    cache.region = "cn-hangzhou";
    cache.images = images;
    cache.status = "Ready";
    return cache;
  }

  // The id of the best one, or "none".
  std::string Best(const std::vector<std::string>& images, int disk = 30) {
    const ImageCache* best =
        BestMatch(caches_, {.region = "cn-hangzhou", .images = images, .disk = disk});
    return best == nullptr ? "none" : best->id;
  }

  std::map<std::uint64_t, ImageCache> caches_;
};

TEST_F(BestMatchTest, CacheWithoutAnyOfTheImagesIsNone) {
  Add("other", {"web:1", "app:2", "elsewhere.test/app:1"});

  EXPECT_EQ(Best({"app:1"}), "none");
}

TEST_F(BestMatchTest, ImageWithoutATagIsTheLatest) {
  Add("latest", {"registry.test:5000/app"});

  EXPECT_EQ(Best({"registry.test:5000/app:latest"}), "latest");
  EXPECT_EQ(Best({"registry.test:5000/app:1"}), "none");
}

TEST_F(BestMatchTest, CacheOfAnotherRegionIsNone) {
  Add("far", {"app:1"}).region = "cn-beijing";

  EXPECT_EQ(Best({"app:1"}), "none");
}

TEST_F(BestMatchTest, OnlyAReadyCacheMatches) {
  ImageCache& cache = Add("cache", {"app:1"});
  for (const char* status : {"Creating", "Updating", "Failed", "UpdateFailed"}) {
    cache.status = status;
    EXPECT_EQ(Best({"app:1"}), "none") << status;
  }
  cache.status = "Ready";
  EXPECT_EQ(Best({"app:1"}), "cache");
}

TEST_F(BestMatchTest, CacheThatIsLargerThanTheDiskIsNone) {
  Add("large", {"app:1"}).size = 40;

  EXPECT_EQ(Best({"app:1"}, 39), "none");
  EXPECT_EQ(Best({"app:1"}, 40), "large");
}

TEST_F(BestMatchTest, MostImagesBeatSizeAndAge) {
  Add("two", {"app:1", "web:1"}).size = 20;
  ImageCache& one = Add("one", {"app:1"});
  one.size = 30;
  one.created += 1h;

  EXPECT_EQ(Best({"app:1", "web:1", "missing:1"}), "two");
}

TEST_F(BestMatchTest, OfEqualImagesTheNearestSizeBeatsAge) {
  Add("near", {"app:1"}).size = 29;
  ImageCache& small = Add("small", {"app:1"});
  small.size = 20;
  small.created += 1h;

  EXPECT_EQ(Best({"app:1"}), "near");
}

TEST_F(BestMatchTest, OfEqualSizesTheNewestWins) {
  Add("new", {"app:1"}).created += 1h;
  Add("old", {"app:1"});

  EXPECT_EQ(Best({"app:1"}), "new");
}

CloudOptions SlowPull() {
  CloudOptions options;
  options.latency.pull = Distribution({{0, 50s}, {1, 50s}});
  return options;
}

// Groups of one container with the image app:1.
class ImageCacheMatchTest : public ImageCacheTest {
 protected:
  ImageCacheMatchTest() : ImageCacheTest(SlowPull()) {}

  static eci::v1::CreateContainerGroupRequest Group(bool matches) {
    auto request = Request();
    request.mutable_container(0)->set_image("app:1");
    if (matches) request.set_auto_match_image_cache(true);
    return request;
  }
};

TEST_F(ImageCacheMatchTest, GroupThatHitsACacheNamesItAndIsNoted) {
  const std::string cache = CreateReadyCache(CacheRequest({"app:1"}));
  EXPECT_EQ(DescribeCache(cache).last_matched_time(), "");

  const std::string group = CreateId(Group(true));
  Advance(1s);

  const auto shown = Describe(group);
  EXPECT_THAT(Reasons(shown), Contains("SuccessfulHitImageCache"));
  EXPECT_THAT(shown.events(0).message(), HasSubstr(cache));
  EXPECT_EQ(shown.status(), "Running");
  EXPECT_NE(DescribeCache(cache).last_matched_time(), "");
}

TEST_F(ImageCacheMatchTest, GroupThatMissesSaysSo) {
  CreateReadyCache(CacheRequest({"app:2"}));

  const std::string group = CreateId(Group(true));
  Advance(1s);

  EXPECT_THAT(Reasons(Describe(group)), Contains("ImageCacheMissed"));
  EXPECT_EQ(StatusOf(group), "Pending");
}

TEST_F(ImageCacheMatchTest, CacheThatIsStillPulledIsAMiss) {
  CreateCache(CacheRequest({"app:1"}));

  const std::string group = CreateId(Group(true));

  EXPECT_THAT(Reasons(Describe(group)), Contains("ImageCacheMissed"));
}

TEST_F(ImageCacheMatchTest, GroupThatDoesNotAskHasNoEventOfACache) {
  CreateReadyCache(CacheRequest({"app:1"}));

  const std::string group = CreateId(Group(false));

  EXPECT_THAT(Reasons(Describe(group)), Not(Contains("SuccessfulHitImageCache")));
  EXPECT_THAT(Reasons(Describe(group)), Not(Contains("ImageCacheMissed")));
}

TEST_F(ImageCacheMatchTest, GroupPullsWhatItsCacheLacks) {
  CreateReadyCache(CacheRequest({"app:1"}));
  auto request = Group(true);
  auto* init = request.add_init_container();
  init->set_name("first");
  init->set_image("init:1");

  const std::string group = CreateId(request);
  Advance(1s);

  EXPECT_THAT(Reasons(Describe(group)), Contains("SuccessfulHitImageCache"));
  EXPECT_EQ(StatusOf(group), "Pending");
}

TEST_F(ImageCacheMatchTest, LargeCacheFitsAGroupWithMoreStorage) {
  auto request = CacheRequest({"app:1"});
  request.set_image_cache_size(40);
  CreateReadyCache(request);
  auto with_storage = Group(true);
  with_storage.set_ephemeral_storage(20);

  EXPECT_THAT(Reasons(Describe(CreateId(Group(true)))), Contains("ImageCacheMissed"));
  EXPECT_THAT(Reasons(Describe(CreateId(with_storage))), Contains("SuccessfulHitImageCache"));
}

TEST_F(ImageCacheMatchTest, NamedCacheBeatsTheMatch) {
  CreateReadyCache(CacheRequest({"app:1"}));
  const std::string named = CreateReadyCache(CacheRequest({"other:1"}));
  auto request = Group(true);
  request.set_image_snapshot_id(named);

  const auto shown = Describe(CreateId(request));

  ASSERT_THAT(Reasons(shown), Contains("SuccessfulHitImageCache"));
  EXPECT_THAT(shown.events(0).message(), HasSubstr(named));
}

TEST_F(ImageCacheMatchTest, NamedCacheMustBeReady) {
  const std::string cache = CreateReadyCache(CacheRequest({"app:1"}));
  auto request = Group(false);
  request.set_image_snapshot_id(cache);
  ASSERT_TRUE(Update(cache, "app:2"));

  EXPECT_EQ(CodeOf(Create(request)), "ImageSnapshot.IncorrectStatus");
  Report(cache, Kind::kNotHeld);
  EXPECT_EQ(CodeOf(Create(request)), "ImageSnapshot.IncorrectStatus");
}

TEST_F(ImageCacheMatchTest, NamedCacheMustBeOfTheRegion) {
  const std::string cache = CreateReadyCache(CacheRequest({"app:1"}));
  auto request = Group(false);
  request.set_region_id("cn-beijing");
  request.set_image_snapshot_id(cache);

  EXPECT_EQ(CodeOf(Create(request)), "ImageSnapshot.NotFound");
}

}  // namespace
}  // namespace vk::fake
