#include "tools/fake_eci/engine/private_zone/private_zone.h"

#include "proto/pvtz/v1/private_zone.pb.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/private_zone/zone_pages.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

constexpr std::size_t kMaxVpcs = 100;

base::Result<Zone*> GetZone(World& world, const std::string& id) {
  if (Zone* zone = world.zones.Find(id)) return zone;
  return std::unexpected(CloudError("Zone.NotExists"));
}

base::Status CheckProxyPattern(const std::string& pattern) {
  return CheckOneOf("ProxyPattern", true, pattern, "ZONE RECORD");
}

bool IsPtr(const Zone& zone) { return zone.facts.name.ends_with(".arpa"); }

bool IsBoundTo(const Zone& zone, const std::string& region, const std::string& vpc) {
  if (region.empty() && vpc.empty()) return true;
  return std::ranges::any_of(zone.facts.vpcs, [&](const BoundVpc& bound) {
    return (region.empty() || bound.region == region) && (vpc.empty() || bound.id == vpc);
  });
}

bool Matches(const pvtz::v1::DescribeZonesRequest& request, const Zone& zone) {
  const auto equal = [](const std::string& wanted, const std::string& actual) {
    return wanted.empty() || wanted == actual;
  };
  const bool tagged =
      request.zone_tag().empty() ||
      std::ranges::find(request.zone_tag(), zone.facts.tag) != request.zone_tag().end();
  const std::string mode = request.search_mode().empty() ? "LIKE" : request.search_mode();
  return tagged && request.resource_tag().empty() &&
         equal(request.resource_group_id(), zone.facts.resource_group) &&
         equal(request.zone_type(), zone.facts.type) &&
         IsBoundTo(zone, request.query_region_id(), request.query_vpc_id()) &&
         MatchesKeyword(request.keyword(), mode, zone.facts.name);
}

// What both views of a zone show.
template <class View>
void FillZone(const Zone& zone, View* view) {
  view->set_zone_id(zone.facts.id);
  view->set_zone_name(zone.facts.name);
  view->set_zone_type(zone.facts.type);
  view->set_zone_tag(zone.facts.tag);
  view->set_dns_group(zone.facts.dns_group);
  view->set_dns_group_changing(false);
  view->set_proxy_pattern(zone.facts.proxy_pattern);
  view->set_resource_group_id(zone.facts.resource_group);
  view->set_creator(zone.facts.creator);
  view->set_is_ptr(IsPtr(zone));
  view->set_record_count(static_cast<std::int32_t>(zone.records().size()));
  FillTimes(zone.facts.created, zone.facts.updated, view);
}

}  // namespace

VK_FAKE_ZONE_HANDLER(AddZone) {
  std::string name = LowerCase(request.zone_name());
  if (name.ends_with('.')) name.pop_back();
  if (!IsDomainName(name)) return std::unexpected(CloudError("Zone.Invalid.Name"));
  VK_CHECK_OK(CheckProxyPattern(request.proxy_pattern()));
  const auto or_else = [](const std::string& value, const char* otherwise) {
    return value.empty() ? otherwise : value;
  };
  ZoneFacts facts{.id = world.random.HexDigits(32),
                  .name = std::move(name),
                  .proxy_pattern = or_else(request.proxy_pattern(), "ZONE"),
                  .dns_group = or_else(request.dns_group(), "NORMAL_ZONE"),
                  .type = or_else(request.zone_type(), "AUTH_ZONE"),
                  .tag = request.zone_tag(),
                  .resource_group = request.resource_group_id(),
                  .creator = world.caller,
                  .vpcs = {},
                  .created = world.now.wall,
                  .updated = world.now.wall};
  pvtz::v1::AddZoneResponse reply;
  reply.set_zone_id(facts.id);
  reply.set_zone_name(facts.name);
  reply.set_success(true);
  world.zones.Add(Zone(std::move(facts)));
  return reply;
}

VK_FAKE_ZONE_HANDLER(DescribeZones) {
  VK_CHECK_OK(CheckPage(request));
  std::vector<const Zone*> found;
  for (const auto& [number, zone] : world.zones.all()) {
    if (!world.empty_listing && Matches(request, zone)) found.push_back(&zone);
  }
  pvtz::v1::DescribeZonesResponse reply;
  reply.mutable_zones();
  for (const Zone* zone : TakePage(found, request, &reply)) {
    FillZone(*zone, reply.mutable_zones()->add_zone());
  }
  return reply;
}

VK_FAKE_ZONE_HANDLER(DescribeZoneInfo) {
  VK_TRY(zone, GetZone(world, request.zone_id()));
  pvtz::v1::DescribeZoneInfoResponse reply;
  FillZone(*zone, &reply);
  reply.mutable_bind_vpcs();
  for (const BoundVpc& bound : zone->facts.vpcs) {
    auto* vpc = reply.mutable_bind_vpcs()->add_vpc();
    vpc->set_region_id(bound.region);
    vpc->set_vpc_id(bound.id);
    vpc->set_vpc_type(bound.type);
  }
  return reply;
}

VK_FAKE_ZONE_HANDLER(BindZoneVpc) {
  VK_TRY(zone, GetZone(world, request.zone_id()));
  if (request.vpcs_size() > static_cast<int>(kMaxVpcs)) {
    return std::unexpected(InvalidParameter("Vpcs", "at most 100"));
  }
  std::vector<BoundVpc> vpcs;
  for (const auto& vpc : request.vpcs()) {
    if (vpc.region_id().empty()) return std::unexpected(MissingParameter("Vpcs.N.RegionId"));
    if (!IsResourceId(vpc.vpc_id(), "vpc")) {
      return std::unexpected(CloudError("ZoneVpc.NotExists.VpcId"));
    }
    vpcs.push_back({.region = vpc.region_id(), .id = vpc.vpc_id(), .type = vpc.vpc_type()});
  }
  zone->facts.vpcs = std::move(vpcs);
  zone->facts.updated = world.now.wall;
  return pvtz::v1::BindZoneVpcResponse();
}

VK_FAKE_ZONE_HANDLER(SetProxyPattern) {
  VK_TRY(zone, GetZone(world, request.zone_id()));
  VK_CHECK_OK(CheckProxyPattern(request.proxy_pattern()));
  zone->facts.proxy_pattern = request.proxy_pattern();
  zone->facts.updated = world.now.wall;
  pvtz::v1::SetProxyPatternResponse reply;
  reply.set_zone_id(zone->facts.id);
  return reply;
}

VK_FAKE_ZONE_HANDLER(DeleteZone) {
  VK_TRY(zone, GetZone(world, request.zone_id()));
  if (!zone->facts.vpcs.empty()) return std::unexpected(CloudError("Zone.VpcExists"));
  world.zones.Remove(request.zone_id());
  pvtz::v1::DeleteZoneResponse reply;
  reply.set_zone_id(request.zone_id());
  return reply;
}

}  // namespace vk::fake
