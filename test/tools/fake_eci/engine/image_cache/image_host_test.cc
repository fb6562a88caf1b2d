#include "tools/fake_eci/engine/image_cache/image_host.h"

#include <gmock/gmock.h>

#include <string>

#include "test/tools/fake_eci/engine/image_cache/image_cache_fixture.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class ImageHostTest : public ImageCacheTest {};

TEST_F(ImageHostTest, CacheIsReadyOnlyOnceItsHostHoldsAllOfIt) {
  const std::string id = CreateCache(CacheRequest({"app:1", "web:1"}));
  Advance(1h);
  EXPECT_EQ(CacheStatus(id), "Creating");

  Report(id, Kind::kHad);
  Report(id, Kind::kHad);
  EXPECT_EQ(CacheStatus(id), "Creating");
  EXPECT_EQ(DescribeCache(id).snapshot_id(), "");
  Report(id, Kind::kHeld);

  EXPECT_EQ(CacheStatus(id), "Ready");
  EXPECT_NE(DescribeCache(id).snapshot_id(), "");
  EXPECT_THAT(host_.told, ElementsAre("hold app:1 web:1", "remember Ready"));
}

TEST_F(ImageHostTest, ProgressIsTheShareOfImages) {
  const std::string id = CreateCache(CacheRequest({"app:1", "web:1"}));
  EXPECT_EQ(DescribeCache(id).progress(), "0%");

  Report(id, Kind::kHad);
  EXPECT_EQ(DescribeCache(id).progress(), "50%");

  Report(id, Kind::kHeld);
  EXPECT_EQ(DescribeCache(id).progress(), "100%");
}

TEST_F(ImageHostTest, EachImageIsAnEvent) {
  const std::string id = CreateCache(CacheRequest({"app:1", "web:1"}));

  Report(id, Kind::kHad, "pulled app:1");
  Report(id, Kind::kHad, "pulled web:1");

  ASSERT_THAT(Reasons(DescribeCache(id)), ElementsAre("Pulled", "Pulled"));
  EXPECT_EQ(DescribeCache(id).events(1).message(), "pulled web:1");
}

TEST_F(ImageHostTest, ImageThatCannotBePulledFailsTheCacheAndIsAnEvent) {
  const std::string id = CreateCache(CacheRequest({"app:1"}));

  Report(id, Kind::kNotHeld, "no such image: app:1");

  EXPECT_EQ(CacheStatus(id), "Failed");
  ASSERT_THAT(Reasons(DescribeCache(id)), ElementsAre("Failed"));
  EXPECT_EQ(DescribeCache(id).events(0).type(), "Warning");
  EXPECT_EQ(DescribeCache(id).events(0).message(), "no such image: app:1");
  EXPECT_THAT(host_.told, ElementsAre("hold app:1", "remember Failed"));
}

TEST_F(ImageHostTest, FailedCacheIsShownForADay) {
  const std::string id = CreateCache(CacheRequest({"app:1"}));
  Report(id, Kind::kNotHeld);

  Advance(24h - 1s);
  EXPECT_EQ(CacheStatus(id), "Failed");
  Advance(1s);

  EXPECT_EQ(CacheStatus(id), "");
  EXPECT_EQ(host_.told.back(), "drop");
}

TEST_F(ImageHostTest, DeletedCacheIsLetGoAndWhatIsHeardLateDoesNothing) {
  const std::string id = CreateCache(CacheRequest({"app:1"}));

  ASSERT_TRUE(DeleteCache(id));
  Report(id, Kind::kHeld);

  EXPECT_EQ(CacheStatus(id), "");
  EXPECT_THAT(host_.told, ElementsAre("hold app:1", "drop"));
}

TEST_F(ImageHostTest, CacheThatIsKeptForDaysIsLetGoAfterThem) {
  auto request = CacheRequest({"app:1"});
  request.set_retention_days(2);
  const std::string id = CreateReadyCache(request);

  Advance(48h - 1s);
  EXPECT_EQ(CacheStatus(id), "Ready");
  Advance(1s);

  EXPECT_EQ(CacheStatus(id), "");
  EXPECT_EQ(host_.told.back(), "drop");
}

TEST_F(ImageHostTest, UpdatedCacheIsReadyOnceTheNewImagesAreHeld) {
  const std::string id = CreateReadyCache(CacheRequest({"app:1"}));
  const std::string snapshot = DescribeCache(id).snapshot_id();
  Report(id, Kind::kHad);
  const ImageReport late = host_.Done(id, Kind::kHeld);

  ASSERT_TRUE(Update(id, "app:2"));
  cloud_.Report(late);
  EXPECT_EQ(CacheStatus(id), "Updating");
  EXPECT_EQ(DescribeCache(id).progress(), "0%");
  Report(id, Kind::kHeld);

  EXPECT_EQ(CacheStatus(id), "Ready");
  EXPECT_EQ(DescribeCache(id).snapshot_id(), snapshot);
  EXPECT_THAT(host_.told,
              ElementsAre("hold app:1", "remember Ready", "hold app:2", "remember Ready"));
}

TEST_F(ImageHostTest, FailedUpdateStaysAndCanBeRepeated) {
  const std::string id = CreateReadyCache(CacheRequest({"app:1"}));
  ASSERT_TRUE(Update(id, "app:2"));

  Report(id, Kind::kNotHeld);
  Advance(48h);
  EXPECT_EQ(CacheStatus(id), "UpdateFailed");
  ASSERT_TRUE(Update(id, "app:3"));
  Report(id, Kind::kHeld);

  EXPECT_EQ(CacheStatus(id), "Ready");
}

TEST_F(ImageHostTest, CacheThatIsPulledCannotBeUpdated) {
  const std::string id = CreateCache(CacheRequest({"app:1"}));

  EXPECT_EQ(CodeOf(Update(id, "app:2")), "ImageCache.IncorrectStatus");

  EXPECT_THAT(host_.told, ElementsAre("hold app:1"));
}

TEST_F(ImageHostTest, CachesOfTheOptionsArePulledToo) {
  CloudOptions options;
  options.image_caches.push_back({.id = "imc-own", .name = "own", .images = {"app:1"}});
  Cloud cloud(options, clock_, base::Random(7));
  EXPECT_EQ(DescribeIn(cloud, "imc-own").status(), "Ready");

  cloud.set_image_host(&host_);
  EXPECT_EQ(DescribeIn(cloud, "imc-own").status(), "Creating");
  cloud.Report(host_.Done("imc-own", Kind::kHeld));

  EXPECT_EQ(DescribeIn(cloud, "imc-own").status(), "Ready");
}

TEST_F(ImageHostTest, ResetLetsAllCachesGo) {
  CreateReadyCache(CacheRequest({"app:1"}));
  CreateCache(CacheRequest({"web:1"}));

  cloud_.Reset();

  EXPECT_THAT(host_.snapshots, IsEmpty());
}

}  // namespace
}  // namespace vk::fake
