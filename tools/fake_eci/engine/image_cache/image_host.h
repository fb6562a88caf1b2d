#pragma once

#include <cstdint>
#include <string>

namespace vk::fake {

struct ImageCache;

// What holds the images of caches when groups really pull theirs. Every method returns at once, and
// none reports from within. Used on the engine's thread.
class ImageHost {
 public:
  virtual ~ImageHost() = default;

  // Has the cache's images at hand from now on, pulled with its secrets, in place of those it held
  // before. Reported: kHad after each, then kHeld; or kNotHeld, and what it held before stays.
  virtual void Hold(const ImageCache& cache) = 0;

  // The cache has another status: what finds it again after this program has ended.
  virtual void Remember(const ImageCache& cache) = 0;

  // The cache is gone; its images are, once no other cache and no group has them. Idempotent.
  virtual void Drop(const ImageCache& cache) = 0;
};

// What became of a cache that an ImageHost was told to hold.
struct ImageReport {
  enum class Kind { kHad, kHeld, kNotHeld };

  Kind kind;
  std::uint64_t cache = 0;  // Its number.
  std::uint64_t epoch = 0;  // Its epoch when it was told.
  std::string message{};    // Says in kHad and kNotHeld what happened to which image.
};

}  // namespace vk::fake
