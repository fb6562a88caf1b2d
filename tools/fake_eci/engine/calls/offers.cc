// What is sold and for how much.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "proto/eci/v1/region.pb.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

using PriceInfo = eci::v1::DescribeContainerGroupPriceResponse::PriceInfo;

// CNY per second. Source: ECI, "Billing of elastic container instances".
constexpr double kCpu = 0.000049;
constexpr double kEconomyCpu = 0.000027;
constexpr double kMemoryGib = 0.00000613;
constexpr double kStorageGib = 0.00000059;
constexpr double kSpotShare = 0.2;
constexpr double kHour = 3600;

// Types that stand for a query by family or by vCPU and memory.
base::Result<std::vector<std::string>> TypesFor(
    const eci::v1::DescribeAvailableResourceRequest::DestinationResource& wanted) {
  if (!wanted.value().empty()) {
    if (wanted.category() == "InstanceType") {
      VK_TRY(size, SizeOfInstanceType(wanted.value()));
      static_cast<void>(size);
    }
    return std::vector<std::string>{wanted.value()};
  }
  if (wanted.category() == "InstanceTypeFamily") {
    return std::vector<std::string>{"ecs.c6", "ecs.c7", "ecs.g6", "ecs.g7", "ecs.r6", "ecs.r7"};
  }
  std::vector<std::string> types;
  for (const char family : {'c', 'g', 'r'}) {
    for (const char* suffix : {"large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"}) {
      std::string type = fmt::format("ecs.{}6.{}", family, suffix);
      VK_TRY(size, SizeOfInstanceType(type));
      const bool fits = (!wanted.has_cores() || size.cpu == wanted.cores()) &&
                        (!wanted.has_memory() || size.memory == wanted.memory());
      if (fits) types.push_back(std::move(type));
    }
  }
  return types;
}

void AddDetail(PriceInfo::Price* price, std::string_view resource, double amount) {
  auto* detail = price->mutable_detail_infos()->add_detail_info();
  detail->set_resource(std::string(resource));
  detail->set_original_price(static_cast<float>(amount));
  detail->set_trade_price(static_cast<float>(amount));
  detail->set_discount_price(0);
}

}  // namespace

VK_FAKE_HANDLER(DescribeAvailableResource) {
  const auto& wanted = request.destination_resource();
  if (wanted.category().empty()) {
    return std::unexpected(MissingParameter("DestinationResource.Category"));
  }
  VK_CHECK_OK(CheckOneOf("DestinationResource.Category", true, wanted.category(),
                         "InstanceTypeFamily InstanceType"));
  VK_TRY(types, TypesFor(wanted));
  eci::v1::DescribeAvailableResourceResponse reply;
  for (const std::string& zone_id : world.network.ZonesOf(request.region_id())) {
    if (!request.zone_id().empty() && request.zone_id() != zone_id) continue;
    auto* zone = reply.mutable_available_zones()->add_available_zone();
    zone->set_region_id(request.region_id());
    zone->set_zone_id(zone_id);
    auto* resource = zone->mutable_available_resources()->add_available_resource();
    resource->set_type(wanted.category());
    for (const std::string& type : types) {
      auto* supported = resource->mutable_supported_resources()->add_supported_resource();
      supported->set_value(type);
      supported->set_status_category(world.stock.Has({zone_id, type}) ? "WithStock"
                                                                      : "WithoutStock");
    }
  }
  return reply;
}

VK_FAKE_HANDLER(DescribeContainerGroupPrice) {
  Size size{request.cpu(), request.memory()};
  if (!request.instance_type().empty()) {
    VK_TRY(of_type, SizeOfInstanceType(request.instance_type()));
    size = of_type;
  } else if (!request.has_cpu() || !request.has_memory()) {
    return std::unexpected(MissingParameter("Cpu"));
  }
  VK_TRY(sold, RoundUp(size, request.region_id(), false));
  const double cpu = sold.cpu * (request.compute_category() == "economy" ? kEconomyCpu : kCpu);
  const double memory = sold.memory * kMemoryGib;
  const double storage = request.ephemeral_storage() * kStorageGib;
  const auto total = static_cast<float>(cpu + memory + storage);

  eci::v1::DescribeContainerGroupPriceResponse reply;
  PriceInfo::Price* price = reply.mutable_price_info()->mutable_price();
  price->set_currency("CNY");
  price->set_original_price(total);
  price->set_trade_price(total);
  price->set_discount_price(0);
  AddDetail(price, "cpu", cpu);
  AddDetail(price, "mem", memory);
  if (storage > 0) AddDetail(price, "ephemeralStorage", storage);
  for (const std::string& zone : world.network.ZonesOf(request.region_id())) {
    if (!request.has_spot_strategy() || request.spot_strategy() == "NoSpot") break;
    auto* spot = reply.mutable_price_info()->mutable_spot_prices()->add_spot_price();
    spot->set_zone_id(zone);
    spot->set_instance_type(request.instance_type());
    spot->set_origin_price(static_cast<float>((cpu + memory) * kHour));
    spot->set_spot_price(static_cast<float>((cpu + memory) * kHour * kSpotShare));
  }
  return reply;
}

}  // namespace vk::fake
