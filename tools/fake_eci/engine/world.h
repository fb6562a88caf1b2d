#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "tools/fake_eci/engine/agenda.h"
#include "tools/fake_eci/engine/group/group.h"
#include "tools/fake_eci/engine/group/group_host.h"
#include "tools/fake_eci/engine/image_cache/image_cache.h"
#include "tools/fake_eci/engine/image_cache/image_host.h"
#include "tools/fake_eci/engine/latency.h"
#include "tools/fake_eci/engine/network.h"
#include "tools/fake_eci/engine/options.h"
#include "tools/fake_eci/engine/private_zone/zones.h"
#include "tools/fake_eci/engine/stock.h"
#include "tools/fake_eci/engine/token_memory.h"

namespace vk::fake {

// Everything the cloud knows, as plain data: handlers (calls/handlers.h) read and change it on
// behalf of calls, GroupLife and the image caches on behalf of time. Owned by Cloud; used on one
// thread.
struct World {
  World(CloudOptions cloud_options, base::Clock& machine_clock, base::Random seed);

  // The moment being lived: of the call, or when the step at hand was due, which is earlier than
  // the clock when the driver runs late.
  Moment now;
  void MoveTo(base::TimePoint when);

  // The living or retained group, or null.
  Group* FindGroup(std::string_view id);
  ImageCache* FindImageCache(std::string_view id);

  // Takes a group out of the listings; its record stays.
  void Remove(std::uint64_t number);

  // vCPUs of all groups that have not ended, and their number.
  struct Usage {
    double cpu = 0;
    int groups = 0;
  };
  Usage CurrentUsage() const;

  CloudOptions options;
  base::Clock& clock;
  GroupHost* host = nullptr;        // Runs the containers; null: they are simulated.
  ImageHost* image_host = nullptr;  // Holds what caches have; null as well.
  base::Random random;
  LatencyModel latency;
  Network network;
  Stock stock;
  TokenMemory tokens;
  Agenda agenda;

  std::uint64_t next_number = 1;
  std::map<std::uint64_t, Group> groups;  // In order of creation.
  std::map<std::string, std::uint64_t, std::less<>> group_numbers;
  std::map<std::uint64_t, ImageCache> image_caches;
  std::map<std::string, std::string> disk_zones;  // By disk id, of all that were ever attached.
  Zones zones;
  std::deque<std::uint64_t> ended;  // Still listed, in order of their ends.
  std::deque<GroupRecord> records;  // One for every group ever made; addresses are stable.

  // What only the call at hand knows.
  std::string caller;
  bool empty_listing = false;
  std::optional<HostCommand> command;
};

}  // namespace vk::fake
