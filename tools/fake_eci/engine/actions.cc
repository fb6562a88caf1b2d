#include "tools/fake_eci/engine/actions.h"

#include <algorithm>

#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/eci/v1/image_cache.pb.h"
#include "proto/eci/v1/metric.pb.h"
#include "proto/eci/v1/region.pb.h"
#include "proto/eci/v1/tag.pb.h"
#include "proto/pvtz/v1/private_zone.pb.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/private_zone/private_zone.h"

namespace vk::fake {
namespace {

using google::protobuf::Message;

constexpr std::string_view kEci = "2018-08-08";
constexpr std::string_view kPrivateZone = "2018-01-01";

template <class M>
std::unique_ptr<Message> New() {
  return std::make_unique<M>();
}

template <class Request, class Reply, base::Result<Reply> (*handler)(World&, const Request&)>
base::Status Run(World& world, const Message& request, Message* reply) {
  VK_TRY(result, handler(world, static_cast<const Request&>(request)));
  *static_cast<Reply*>(reply) = std::move(result);
  return {};
}

template <class Request, class Reply, base::Result<Reply> (*handler)(World&, const Request&)>
constexpr Action Make(std::string_view name, std::string_view version, std::string_view required,
                      bool post_only = false) {
  return {name,
          version,
          post_only,
          required,
          &New<Request>,
          &New<Reply>,
          &Run<Request, Reply, handler>};
}

#define VK_FAKE_ACTION(name, ...) \
  Make<eci::v1::name##Request, eci::v1::name##Response, &name>(#name, kEci, __VA_ARGS__)
#define VK_FAKE_ZONE_ACTION(name, required) \
  Make<pvtz::v1::name##Request, pvtz::v1::name##Response, &name>(#name, kPrivateZone, required)

}  // namespace

const std::vector<Action>& Actions() {
  static const std::vector<Action> actions = {
      VK_FAKE_ZONE_ACTION(AddZone, "zone_name"),
      VK_FAKE_ZONE_ACTION(AddZoneRecord, "zone_id rr type value"),
      VK_FAKE_ZONE_ACTION(BindZoneVpc, "zone_id"),
      VK_FAKE_ACTION(CreateContainerGroup, "region_id"),
      VK_FAKE_ACTION(CreateImageCache, "region_id image_cache_name image"),
      VK_FAKE_ACTION(DeleteContainerGroup, "region_id container_group_id"),
      VK_FAKE_ACTION(DeleteImageCache, "region_id image_cache_id"),
      VK_FAKE_ZONE_ACTION(DeleteZone, "zone_id"),
      VK_FAKE_ZONE_ACTION(DeleteZoneRecord, "record_id"),
      VK_FAKE_ACTION(DescribeAvailableResource, "region_id destination_resource"),
      VK_FAKE_ACTION(DescribeContainerGroupEvents, "region_id", true),
      VK_FAKE_ACTION(DescribeContainerGroupMetric, "container_group_id"),
      VK_FAKE_ACTION(DescribeContainerGroupPrice, "region_id"),
      VK_FAKE_ACTION(DescribeContainerGroupStatus, "region_id", true),
      VK_FAKE_ACTION(DescribeContainerGroups, "region_id"),
      VK_FAKE_ACTION(DescribeContainerLog, "region_id container_group_id container_name"),
      VK_FAKE_ACTION(DescribeImageCaches, "region_id"),
      VK_FAKE_ACTION(DescribeMultiContainerGroupMetric, "region_id container_group_ids"),
      VK_FAKE_ACTION(DescribeRegions, ""),
      VK_FAKE_ZONE_ACTION(DescribeZoneInfo, "zone_id"),
      VK_FAKE_ZONE_ACTION(DescribeZoneRecords, "zone_id"),
      VK_FAKE_ZONE_ACTION(DescribeZones, ""),
      VK_FAKE_ACTION(ExecContainerCommand, "region_id container_group_id container_name command"),
      VK_FAKE_ACTION(ListTagResources, "region_id resource_type"),
      VK_FAKE_ACTION(ListUsage, "region_id"),
      VK_FAKE_ACTION(ResizeContainerGroupVolume,
                     "region_id container_group_id new_size volume_name"),
      VK_FAKE_ACTION(RestartContainerGroup, "region_id container_group_id"),
      VK_FAKE_ZONE_ACTION(SetProxyPattern, "zone_id proxy_pattern"),
      VK_FAKE_ZONE_ACTION(SetZoneRecordStatus, "record_id status"),
      VK_FAKE_ACTION(TagResources, "region_id resource_type resource_id tag"),
      VK_FAKE_ACTION(UntagResources, "region_id resource_type resource_id"),
      VK_FAKE_ACTION(UpdateContainerGroup, "region_id container_group_id"),
      VK_FAKE_ACTION(UpdateImageCache, "region_id image_cache_id"),
      VK_FAKE_ZONE_ACTION(UpdateZoneRecord, "record_id rr type value"),
  };
  return actions;
}

const Action* FindAction(std::string_view name) {
  const auto it = std::ranges::lower_bound(Actions(), name, {}, &Action::name);
  return it != Actions().end() && it->name == name ? &*it : nullptr;
}

}  // namespace vk::fake
