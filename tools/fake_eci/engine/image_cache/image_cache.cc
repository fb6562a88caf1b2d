#include "tools/fake_eci/engine/image_cache/image_cache.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace vk::fake {
namespace {

// With its tag written out; a digest or a port is no tag.
std::string FullName(const std::string& image) {
  const std::string_view last = std::string_view(image).substr(image.rfind('/') + 1);
  return last.contains(':') || last.contains('@') ? image : image + ":latest";
}

bool Holds(const ImageCache& cache, const std::string& image) {
  return std::ranges::any_of(
      cache.images, [&](const std::string& held) { return FullName(held) == FullName(image); });
}

}  // namespace

bool HoldsAll(const ImageCache& cache, const std::vector<std::string>& images) {
  return std::ranges::all_of(images, [&](const auto& image) { return Holds(cache, image); });
}

ImageCache* BestMatch(std::map<std::uint64_t, ImageCache>& caches, const CacheWish& wish) {
  ImageCache* best = nullptr;
  std::tuple<std::ptrdiff_t, int, base::WallTime> best_rank;
  for (auto& [number, cache] : caches) {
    const auto matched = std::ranges::count_if(
        wish.images, [&](const std::string& image) { return Holds(cache, image); });
    if (cache.region != wish.region || cache.status != "Ready" || cache.size > wish.disk ||
        matched == 0) {
      continue;
    }
    const std::tuple rank(matched, cache.size, cache.created);
    if (best != nullptr && rank < best_rank) continue;
    best = &cache;
    best_rank = rank;
  }
  return best;
}

}  // namespace vk::fake
