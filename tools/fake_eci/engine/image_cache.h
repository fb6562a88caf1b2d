#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/fake_eci/engine/group.h"

namespace vk::fake {

// A snapshot of images, from which groups start without pulling.
struct ImageCache {
  std::uint64_t number = 0;
  std::string id;
  std::string name;
  std::string region;
  std::string snapshot_id;
  std::string maker_id;  // The temporary group that pulls; not a group here, only its id.
  std::vector<std::string> images;
  std::map<std::string, std::string> tags;
  std::string status;  // Creating, Ready, Failed, Updating, UpdateFailed
  int size = 20;       // GiB
  std::string elimination_strategy;
  base::WallTime created;
  std::optional<base::WallTime> expires;
  std::optional<base::WallTime> last_matched;
  std::vector<GroupEvent> events;
  std::uint64_t epoch = 0;
};

}  // namespace vk::fake
