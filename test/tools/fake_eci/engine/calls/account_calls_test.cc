#include <gmock/gmock.h>

#include "proto/eci/v1/image_cache.pb.h"
#include "proto/eci/v1/region.pb.h"
#include "proto/eci/v1/tag.pb.h"
#include "test/tools/fake_eci/engine/cloud_fixture.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

CloudOptions SlowPull() {
  CloudOptions options;
  options.latency.pull = Distribution({{0, 50s}, {1, 50s}});
  options.latency.image_cache = Distribution({{0, 60s}, {1, 60s}});
  return options;
}

class AccountCallsTest : public CloudTest {
 protected:
  AccountCallsTest() : CloudTest(SlowPull()) {}

  std::string CreateCache(const std::string& image) {
    eci::v1::CreateImageCacheRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_image_cache_name("cache");
    request.add_image(image);
    const auto reply = Call<eci::v1::CreateImageCacheResponse>("CreateImageCache", request);
    EXPECT_TRUE(reply);
    return reply ? reply->image_cache_id() : "";
  }
  std::string CacheStatus(const std::string& id) {
    eci::v1::DescribeImageCachesRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_image_cache_id(id);
    const auto reply = Call<eci::v1::DescribeImageCachesResponse>("DescribeImageCaches", request);
    return reply && reply->image_caches_size() == 1 ? reply->image_caches(0).status() : "";
  }
};

TEST_F(AccountCallsTest, ImageCacheBecomesReadyAndSparesThePull) {
  const std::string cache = CreateCache("registry.example/app:1");
  EXPECT_EQ(CacheStatus(cache), "Creating");
  Advance(60s);
  EXPECT_EQ(CacheStatus(cache), "Ready");
  auto cached = Request("cached");
  cached.set_auto_match_image_cache(true);
  auto other = Request("other");
  other.set_auto_match_image_cache(true);
  other.mutable_container(0)->set_image("registry.example/other:1");

  const std::string quick = CreateId(cached);
  const std::string slow = CreateId(other);
  Advance(1s);

  EXPECT_EQ(StatusOf(quick), "Running");
  EXPECT_EQ(StatusOf(slow), "Pending");
  Advance(49s);
  EXPECT_EQ(StatusOf(slow), "Running");
}

TEST_F(AccountCallsTest, ImageCacheCanBeNamed) {
  const std::string cache = CreateCache("registry.example/app:1");
  auto request = Request();
  request.set_image_snapshot_id(cache);
  EXPECT_EQ(CodeOf(Create(request)), "ImageSnapshot.IncorrectStatus");

  Advance(60s);

  EXPECT_EQ(CodeOf(Create(request)), "OK");
}

TEST_F(AccountCallsTest, DeletedImageCacheIsGone) {
  const std::string cache = CreateCache("registry.example/app:1");
  eci::v1::DeleteImageCacheRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_image_cache_id(cache);

  ASSERT_TRUE(Call<eci::v1::DeleteImageCacheResponse>("DeleteImageCache", request));
  Advance(60s);

  EXPECT_EQ(CacheStatus(cache), "");
}

TEST_F(AccountCallsTest, TagsCanBeAddedListedAndRemoved) {
  const std::string id = CreateId(Request());
  eci::v1::TagResourcesRequest add;
  add.set_region_id("cn-hangzhou");
  add.set_resource_type("ContainerGroup");
  add.add_resource_id(id);
  add.add_tag()->set_key("team");
  add.mutable_tag(0)->set_value("blue");
  ASSERT_TRUE(Call<eci::v1::TagResourcesResponse>("TagResources", add));
  eci::v1::ListTagResourcesRequest list;
  list.set_region_id("cn-hangzhou");
  list.set_resource_type("ContainerGroup");

  const auto listed = Call<eci::v1::ListTagResourcesResponse>("ListTagResources", list);
  ASSERT_EQ(listed->tag_resources_size(), 1);
  EXPECT_EQ(listed->tag_resources(0).tag_value(), "blue");

  eci::v1::UntagResourcesRequest remove;
  remove.set_region_id("cn-hangzhou");
  remove.set_resource_type("ContainerGroup");
  remove.add_resource_id(id);
  remove.set_all(true);
  ASSERT_TRUE(Call<eci::v1::UntagResourcesResponse>("UntagResources", remove));
  EXPECT_EQ(Call<eci::v1::ListTagResourcesResponse>("ListTagResources", list)->tag_resources_size(),
            0);
}

TEST_F(AccountCallsTest, PriceIsPerSecond) {
  eci::v1::DescribeContainerGroupPriceRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_cpu(2);
  request.set_memory(4);

  const auto reply =
      Call<eci::v1::DescribeContainerGroupPriceResponse>("DescribeContainerGroupPrice", request);

  // The example of the API's documentation.
  EXPECT_FLOAT_EQ(reply->price_info().price().trade_price(), 0.00012252F);
  EXPECT_FLOAT_EQ(reply->price_info().price().detail_infos().detail_info(0).trade_price(),
                  0.000098F);
}

TEST_F(AccountCallsTest, UsageCountsTheCpusOfLivingGroups) {
  CreateId(Request());
  eci::v1::ListUsageRequest request;
  request.set_region_id("cn-hangzhou");

  const auto reply = Call<eci::v1::ListUsageResponse>("ListUsage", request);

  EXPECT_EQ(reply->attributes().at("UsedCpu"), 2);
}

TEST_F(AccountCallsTest, ZoneWithoutStockIsNotRecommended) {
  cloud_.stock().Set({"cn-hangzhou-i", ""}, 0);

  const auto reply =
      Call<eci::v1::DescribeRegionsResponse>("DescribeRegions", eci::v1::DescribeRegionsRequest());

  ASSERT_EQ(reply->regions_size(), 1);
  EXPECT_EQ(reply->regions(0).zones_size(), 3);
  EXPECT_EQ(reply->regions(0).unavailable_zones(0), "cn-hangzhou-i");
}

TEST_F(AccountCallsTest, AvailableResourceTellsStockPerZone) {
  cloud_.stock().Set({"cn-hangzhou-h", "ecs.c6.large"}, 0);
  eci::v1::DescribeAvailableResourceRequest request;
  request.set_region_id("cn-hangzhou");
  request.mutable_destination_resource()->set_category("InstanceType");
  request.mutable_destination_resource()->set_value("ecs.c6.large");

  const auto reply =
      Call<eci::v1::DescribeAvailableResourceResponse>("DescribeAvailableResource", request);

  const auto stock = [&](int zone) {
    return reply->available_zones()
        .available_zone(zone)
        .available_resources()
        .available_resource(0)
        .supported_resources()
        .supported_resource(0)
        .status_category();
  };
  EXPECT_EQ(stock(0), "WithoutStock");
  EXPECT_EQ(stock(1), "WithStock");
}

}  // namespace
}  // namespace vk::fake
