#pragma once

#include <string>

#include "base/clock.h"

namespace vk::eci::v1 {
class ImageCache;
}
namespace vk::kubernetes {
class ImageCache;
class ImageCacheStatus;
}  // namespace vk::kubernetes

namespace vk::controllers {

// The status of an ImageCache object. Pure functions.

// Phases of our own beside those of the cloud: before it has the cache, and after.
inline constexpr char kPhasePending[] = "Pending";
inline constexpr char kPhaseFailed[] = "Failed";
inline constexpr char kPhaseExpired[] = "Expired";  // The cloud deleted it when its time was over.
inline constexpr char kPhaseLost[] = "Lost";        // Somebody else did, or sooner.

// What the cloud shows of the cache; at most 50 events, the newest.
void TellCache(const eci::v1::ImageCache& cache, kubernetes::ImageCacheStatus* status);

// The cache is gone although the object is not: Expired or Lost.
void TellGone(base::WallTime now, kubernetes::ImageCacheStatus* status);

// The patch that gives `object` this status, and dates it; empty when it has it already.
std::string StatusPatch(const kubernetes::ImageCache& object, kubernetes::ImageCacheStatus status,
                        base::WallTime now);

}  // namespace vk::controllers
