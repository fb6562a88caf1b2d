#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/fake_eci/engine/group/group.h"

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
  std::vector<std::string> held;  // What it had when it was last Ready: groups may start from it.
  std::string pull_secrets;       // As Group has it.
  std::map<std::string, std::string> tags;
  std::string status;  // Creating, Ready, Failed, Updating, UpdateFailed
  int size = 20;       // GiB
  std::string elimination_strategy;
  base::WallTime created;
  std::optional<base::WallTime> expires;
  std::optional<base::WallTime> last_matched;
  std::vector<GroupEvent> events;
  std::size_t images_had = 0;    // How many of those that are being pulled.
  base::TimePoint pull_begin{};  // When a simulated pull began, as its end.
  base::TimePoint pull_end{};
  std::uint64_t epoch = 0;
};

// True when it has each of these images, by repository and tag; no tag is "latest".
bool HoldsAll(const ImageCache& cache, const std::vector<std::string>& images);

// What a group that matches by itself is looked at for.
struct CacheWish {
  std::string region;
  std::vector<std::string> images;
  int disk = 0;  // GiB: the room that its cache's snapshot must fit into.
};

// The Ready cache with most of the images, of these the one whose size is nearest to the disk, of
// these the newest; null when none has any (ECI, "Use image caches").
ImageCache* BestMatch(std::map<std::uint64_t, ImageCache>& caches, const CacheWish& wish);

}  // namespace vk::fake
