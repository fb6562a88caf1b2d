#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/group/disk.h"
#include "tools/fake_eci/engine/group/group_life.h"
#include "tools/fake_eci/engine/group/spec.h"
#include "tools/fake_eci/engine/group/validation.h"
#include "tools/fake_eci/engine/text.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

using eci::v1::CreateContainerGroupRequest;

// Where a group goes. `kind` is an instance type, or a size as Stock names it.
struct Place {
  VSwitch* vswitch = nullptr;
  std::string instance_type;
  Size size;
  bool out_of_stock = false;

  Stock::Item item() const {
    return {vswitch->zone, instance_type.empty() ? Stock::KindOf(size) : instance_type};
  }
};

struct Offer {
  std::string instance_type;
  Size size;
};

// The sizes that would do, in the caller's order.
base::Result<std::vector<Offer>> WantedSizes(const CreateContainerGroupRequest& request,
                                             const std::string& region) {
  std::vector<Offer> offers;
  for (const std::string& type : SplitCommas(request.instance_type())) {
    VK_TRY(size, SizeOfInstanceType(type));
    offers.push_back({type, size});
  }
  if (!offers.empty()) return offers;
  VK_TRY(wanted, WantedSize(request));
  const bool spot = request.has_spot_strategy() && request.spot_strategy() != "NoSpot";
  VK_TRY(size, RoundUp(wanted, region, spot));
  offers.push_back({"", size});
  return offers;
}

base::Result<std::vector<VSwitch*>> WantedVSwitches(World& world,
                                                    const CreateContainerGroupRequest& request) {
  std::vector<std::string> ids = SplitCommas(request.v_switch_id());
  if (ids.empty()) ids.emplace_back();
  std::vector<VSwitch*> vswitches;
  for (const std::string& id : ids) {
    VK_TRY(vswitch, world.network.Find(request.region_id(), id, request.zone_id()));
    vswitches.push_back(vswitch);
  }
  if (request.schedule_strategy() == "VSwitchRandom") {
    const auto first = world.random.Between(0, static_cast<std::int64_t>(vswitches.size()) - 1);
    std::ranges::rotate(vswitches, vswitches.begin() + first);
  }
  return vswitches;
}

// The first vSwitch with an address and stock. Errors: what was missing last.
base::Result<Place> FindPlace(World& world, const CreateContainerGroupRequest& request,
                              const std::string& region) {
  VK_TRY(offers, WantedSizes(request, region));
  VK_TRY(vswitches, WantedVSwitches(world, request));
  std::optional<Place> without_stock;
  for (VSwitch* vswitch : vswitches) {
    if (static_cast<int>(vswitch->used.size()) >= vswitch->addresses) continue;
    for (const Offer& offer : offers) {
      Place place{vswitch, offer.instance_type, offer.size};
      if (world.stock.Has(place.item())) return place;
      if (!without_stock) without_stock = place;
    }
  }
  if (!without_stock) return std::unexpected(CloudError("InvalidVSwitchId.IpNotEnough"));
  if (!world.options.behaviours.no_stock_is_asynchronous) {
    return std::unexpected(CloudError("OperationDenied.NoStock"));
  }
  without_stock->out_of_stock = true;
  return *without_stock;
}

base::Status CheckQuota(const World& world, Size size) {
  const World::Usage usage = world.CurrentUsage();
  if (usage.groups >= world.options.quotas.groups) {
    return std::unexpected(CloudError("QuotaExceeded", "Container group quota exceeded."));
  }
  if (usage.cpu + size.cpu > world.options.quotas.cpu) {
    return std::unexpected(CloudError("QuotaExceeded", "vCPU quota exceeded."));
  }
  return {};
}

constexpr int kFreeDisk = 30;  // GiB, of every group.

std::vector<std::string> ImagesOf(const CreateContainerGroupRequest& request) {
  std::vector<std::string> images;
  for (const auto& container : request.init_container()) images.push_back(container.image());
  for (const auto& container : request.container()) images.push_back(container.image());
  return images;
}

// The cache that the group starts from, or null. Errors: ImageSnapshot.*.
base::Result<ImageCache*> FindCache(World& world, const CreateContainerGroupRequest& request) {
  if (!request.image_snapshot_id().empty()) {
    ImageCache* cache = world.FindImageCache(request.image_snapshot_id());
    if (cache == nullptr || cache->region != request.region_id()) {
      return std::unexpected(CloudError("ImageSnapshot.NotFound"));
    }
    if (cache->status != "Ready") {
      return std::unexpected(CloudError("ImageSnapshot.IncorrectStatus", cache->status));
    }
    return cache;
  }
  if (!request.auto_match_image_cache()) return nullptr;
  return BestMatch(world.image_caches, {.region = request.region_id(),
                                        .images = ImagesOf(request),
                                        .disk = kFreeDisk + request.ephemeral_storage()});
}

// Which refusals ECI sends is documented, but for a disk that is attached elsewhere.
base::Status CheckDisks(const World& world, const CreateContainerGroupRequest& request,
                        const Place& place) {
  std::set<std::string> seen;
  for (const std::string& disk : DiskIdsOf(request)) {
    // Every id in the cloud's form is a disk: it comes to be when it is attached first.
    if (!disk.starts_with("d-")) return std::unexpected(CloudError("InvalidDiskId.NotFound"));
    if (!seen.insert(disk).second) {
      return std::unexpected(
          CloudError("IncorrectStatus", "The disk " + disk + " is named by two volumes."));
    }
    const auto zone = world.disk_zones.find(disk);
    if (zone == world.disk_zones.end()) continue;
    if (zone->second != place.vswitch->zone) {
      return std::unexpected(CloudError("DiskVolume.NotInSameZone",
                                        "The disk " + disk + " is in zone " + zone->second + "."));
    }
    for (const auto& [number, group] : world.groups) {
      const bool has_it = std::ranges::find(group.disks, disk) != group.disks.end();
      if (!group.holds_capacity || !has_it) continue;
      return std::unexpected(
          CloudError("IncorrectStatus",
                     "The disk " + disk + " is attached to container group " + group.id + "."));
    }
  }
  return {};
}

GroupRecord& AddRecord(World& world, const Group& group, const CreateContainerGroupRequest& request,
                       const ImageCache* cache) {
  GroupRecord& record = world.records.emplace_back();
  record.id = group.id;
  record.name = group.name;
  record.region = group.region;
  record.zone = group.zone;
  record.caller = world.caller;
  record.client_token = request.client_token();
  record.tags = group.tags;
  record.cpu = group.size.cpu;
  record.memory = group.size.memory;
  record.image_cache_hit = cache != nullptr;
  return record;
}

base::Result<Group> MakeGroup(World& world, const CreateContainerGroupRequest& request,
                              const Place& place) {
  Group group;
  group.number = world.next_number;
  group.id = DrawResourceId("eci", request.region_id(), world.random);
  group.name = request.container_group_name();
  group.region = request.region_id();
  group.zone = place.vswitch->zone;
  group.vpc_id = place.vswitch->vpc_id;
  group.vswitch_id = place.vswitch->id;
  const std::vector<std::string> security_groups = SplitCommas(request.security_group_id());
  group.security_group_id = security_groups.empty() ? "sg-default" : request.security_group_id();
  group.instance_type = place.instance_type;
  group.size = place.size;
  group.out_of_stock = place.out_of_stock;
  group.eni_id = DrawResourceId("eni", request.region_id(), world.random);
  for (const eci::v1::Tag& tag : request.tag()) group.tags[tag.key()] = tag.value();
  group.created = world.now;
  ReadSpec(request, world.options.behaviours, &group);
  KeepPullSecrets(request.image_registry_credential(), &group.pull_secrets);
  VK_TRY(address, world.network.Take(*place.vswitch));
  group.address = address;
  group.holds_capacity = true;
  if (!place.out_of_stock) world.stock.Take(place.item());
  return group;
}

void NoteImageCache(World& world, ImageCache* cache, const CreateContainerGroupRequest& request,
                    GroupLife& life, Group& group) {
  if (cache != nullptr) {
    cache->last_matched = world.now.wall;
    life.AddEvent(group, "EciService", "Normal", "SuccessfulHitImageCache",
                  "[eci.imagecache]Successfully hit image cache " + cache->id +
                      ", eci will be scheduled with this image cache.");
  } else if (request.auto_match_image_cache()) {
    life.AddEvent(group, "EciService", "Normal", "ImageCacheMissed",
                  "[eci.imagecache]Missed image cache.");
  }
}

}  // namespace

VK_FAKE_HANDLER(CreateContainerGroup) {
  VK_CHECK_OK(Validate(request, LimitsOf(world.options.behaviours.limits)));
  VK_TRY(cache, FindCache(world, request));
  VK_TRY(place, FindPlace(world, request, request.region_id()));
  VK_CHECK_OK(CheckQuota(world, place.size));
  VK_CHECK_OK(CheckDisks(world, request, place));
  if (request.dry_run()) return std::unexpected(CloudError("DryRunOperation"));

  VK_TRY(made, MakeGroup(world, request, place));
  ++world.next_number;
  Group& group = world.groups.emplace(made.number, std::move(made)).first->second;
  world.group_numbers.emplace(group.id, group.number);
  for (const std::string& disk : group.disks) world.disk_zones.emplace(disk, group.zone);
  group.record = &AddRecord(world, group, request, cache);
  group.images_cached = cache != nullptr && HoldsAll(*cache, ImagesOf(request));
  GroupLife life(world);
  NoteImageCache(world, cache, request, life, group);
  life.Begin(group);

  eci::v1::CreateContainerGroupResponse reply;
  reply.set_container_group_id(group.id);
  return reply;
}

}  // namespace vk::fake
