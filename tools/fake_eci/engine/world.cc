#include "tools/fake_eci/engine/world.h"

#include <algorithm>
#include <utility>

namespace vk::fake {

World::World(CloudOptions cloud_options, base::Clock& machine_clock, base::Random seed)
    : now{machine_clock.Now(), machine_clock.WallNow()},
      options(std::move(cloud_options)),
      clock(machine_clock),
      random(seed.Split("world")),
      latency(options.latency),
      network(options.region, options.zones, options.addresses),
      tokens(options.behaviours.token_lifetime) {
  for (const VSwitch& vswitch : options.vswitches) network.Add(vswitch);
  for (const ReadyImageCache& ready : options.image_caches) {
    ImageCache cache;
    cache.number = next_number++;
    cache.id = ready.id;
    cache.name = ready.name;
    cache.region = options.region;
    cache.images = ready.images;
    cache.status = "Ready";
    cache.created = now.wall;
    image_caches.emplace(cache.number, std::move(cache));
  }
}

void World::MoveTo(base::TimePoint when) {
  now = {when, clock.WallNow() -
                   std::chrono::duration_cast<base::WallTime::duration>(clock.Now() - when)};
}

Group* World::FindGroup(std::string_view id) {
  const auto it = group_numbers.find(id);
  return it == group_numbers.end() ? nullptr : &groups.at(it->second);
}

ImageCache* World::FindImageCache(std::string_view id) {
  const auto it =
      std::ranges::find_if(image_caches, [&](const auto& entry) { return entry.second.id == id; });
  return it == image_caches.end() ? nullptr : &it->second;
}

void World::Remove(std::uint64_t number) {
  const auto it = groups.find(number);
  if (it == groups.end()) return;
  it->second.record->transitions.push_back({"Removed", now});
  if (host != nullptr) host->Forget(it->second);
  group_numbers.erase(it->second.id);
  std::erase(ended, number);
  groups.erase(it);
}

World::Usage World::CurrentUsage() const {
  Usage usage;
  for (const auto& [number, group] : groups) {
    if (IsEnded(group.status)) continue;
    usage.cpu += group.size.cpu;
    ++usage.groups;
  }
  return usage;
}

}  // namespace vk::fake
