#include <gmock/gmock.h>

#include <string>

#include "test/tools/fake_eci/engine/image_cache/image_cache_fixture.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// A cloud that made a cache, and the one that starts after its crash with what the host kept.
class ImageCacheAdoptionTest : public ImageCacheTest {
 protected:
  ImageCacheAdoptionTest() { later_.set_image_host(&found_by_); }

  static eci::v1::CreateImageCacheRequest FullRequest() {
    auto request = CacheRequest({"app:1", "web:1"});
    request.set_image_cache_size(25);
    request.set_retention_days(3);
    request.set_elimination_strategy("LRU");
    auto* tag = request.add_tag();
    tag->set_key("owner");
    tag->set_value("someone");
    auto* credential = request.add_image_registry_credential();
    credential->set_server("registry.test");
    credential->set_user_name("puller");
    credential->set_password("secret");
    return request;
  }

  base::Status Adopt(const std::string& id) {
    return later_.AdoptImageCache(host_.snapshots.at(id));
  }
  eci::v1::ImageCache Found(const std::string& id) { return DescribeIn(later_, id); }

  RecordingImageHost found_by_;
  Cloud later_{{}, clock_, base::Random(8)};
};

TEST_F(ImageCacheAdoptionTest, ReadyCacheIsWhatItWasAndHeldAgain) {
  const std::string id = CreateReadyCache(FullRequest());
  Advance(1h);

  ASSERT_TRUE(Adopt(id));

  EXPECT_EQ(Found(id).SerializeAsString(), DescribeCache(id).SerializeAsString());
  EXPECT_EQ(Found(id).status(), "Ready");
  EXPECT_THAT(found_by_.told, ElementsAre("hold app:1 web:1"));
}

TEST_F(ImageCacheAdoptionTest, CredentialsOfAPullAreKept) {
  const std::string id = CreateCache(FullRequest());

  ASSERT_TRUE(Adopt(id));

  EXPECT_NE(found_by_.pull_secrets, "");
  EXPECT_EQ(found_by_.pull_secrets, host_.pull_secrets);
}

TEST_F(ImageCacheAdoptionTest, CacheThatWasPulledIsPulledToItsEnd) {
  const std::string id = CreateCache(FullRequest());

  ASSERT_TRUE(Adopt(id));
  EXPECT_EQ(Found(id).status(), "Creating");
  later_.Report(found_by_.Done(id, Kind::kHeld));

  EXPECT_EQ(Found(id).status(), "Ready");
}

TEST_F(ImageCacheAdoptionTest, FailedCacheIsNotPulledAndGoesAfterADay) {
  const std::string id = CreateCache(FullRequest());
  Report(id, Kind::kNotHeld);

  ASSERT_TRUE(Adopt(id));
  EXPECT_EQ(Found(id).status(), "Failed");
  EXPECT_THAT(found_by_.told, IsEmpty());
  clock_.Advance(24h);

  EXPECT_EQ(Found(id).status(), "");
  EXPECT_THAT(found_by_.told, ElementsAre("drop"));
}

TEST_F(ImageCacheAdoptionTest, CacheWhoseUpdateFailsAgainKeepsWhatItHeld) {
  const std::string id = CreateReadyCache(CacheRequest({"app:1"}));
  ASSERT_TRUE(Update(id, "none:1"));
  Report(id, Kind::kNotHeld);

  ASSERT_TRUE(Adopt(id));
  EXPECT_THAT(found_by_.held, ElementsAre("app:1"));
  later_.Report(found_by_.Done(id, Kind::kNotHeld));
  clock_.Advance(48h);

  EXPECT_EQ(Found(id).status(), "UpdateFailed");
}

TEST_F(ImageCacheAdoptionTest, CacheThatExpiredMeanwhileIsLetGo) {
  const std::string id = CreateReadyCache(FullRequest());
  clock_.Advance(80h);

  ASSERT_TRUE(Adopt(id));

  EXPECT_EQ(Found(id).status(), "");
  EXPECT_EQ(found_by_.told.back(), "drop");
}

TEST_F(ImageCacheAdoptionTest, CacheThatIsKnownIsRefused) {
  const std::string id = CreateReadyCache(FullRequest());
  ASSERT_TRUE(Adopt(id));

  const base::Status again = Adopt(id);

  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::ErrorCode::kAlreadyExists);
}

TEST_F(ImageCacheAdoptionTest, DamagedSnapshotIsRefused) {
  const std::string id = CreateReadyCache(CacheRequest({"app:1"}));
  const std::string whole = host_.snapshots.at(id);

  for (std::size_t size = 0; size < whole.size(); ++size) {
    const base::Status adopted = later_.AdoptImageCache(whole.substr(0, size));
    ASSERT_FALSE(adopted) << size << " of " << whole.size() << " bytes";
    EXPECT_EQ(adopted.error().code, base::ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(later_.AdoptImageCache("\xff garbage"));
  EXPECT_THAT(found_by_.told, IsEmpty());
}

}  // namespace
}  // namespace vk::fake
