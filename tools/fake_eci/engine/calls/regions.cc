// Where groups can be made, and how much of what the account has.

#include "proto/eci/v1/region.pb.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {

VK_FAKE_HANDLER(DescribeRegions) {
  eci::v1::DescribeRegionsResponse reply;
  eci::v1::Region* region = reply.add_regions();
  region->set_region_id(request.region_id().empty() ? world.options.region : request.region_id());
  region->set_region_endpoint("eci.aliyuncs.com");
  for (const std::string& zone : world.network.ZonesOf(region->region_id())) {
    region->add_zones(zone);
    if (world.stock.Has({zone, ""})) {
      region->add_recommend_zones(zone);
    } else {
      region->add_unavailable_zones(zone);
    }
  }
  return reply;
}

// One account has one quota here, whatever the region.
VK_FAKE_HANDLER(ListUsage) {
  const World::Usage usage = world.CurrentUsage();
  static_cast<void>(request);
  eci::v1::ListUsageResponse reply;
  auto& attributes = *reply.mutable_attributes();
  attributes["UsedCpu"] = usage.cpu;
  attributes["MaxCpu"] = world.options.quotas.cpu;
  attributes["UsedImageCacheCount"] = static_cast<double>(world.image_caches.size());
  attributes["MaxImageCacheCount"] = world.options.quotas.image_caches;
  attributes["UsedAutoImageCacheCount"] = 0;
  attributes["MaxAutoImageCacheCount"] = 0;
  attributes["UsedDataCacheCount"] = 0;
  attributes["MaxDataCacheCount"] = 0;
  return reply;
}

}  // namespace vk::fake
