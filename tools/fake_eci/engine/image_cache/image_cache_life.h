#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tools/fake_eci/engine/agenda.h"
#include "tools/fake_eci/engine/image_cache/image_host.h"

namespace vk::fake {

struct World;

// A cache that was just added to the world, or changed: its images are pulled, by the world's
// ImageHost where groups are real. `status` is what it shows until then.
void BeginPulling(World& world, ImageCache& cache, std::string_view status);

// How far it is, as the cloud shows it: "50%".
std::string ProgressOf(const World& world, const ImageCache& cache);

// Takes a cache out of the world.
void RemoveImageCache(World& world, const ImageCache& cache);

// One due step of an image cache; outdated ones do nothing.
void RunImageCacheStep(World& world, const Step& step);

// What the world's ImageHost has to tell; outdated news does nothing.
void ReportImages(World& world, const ImageReport& report);

// What an ImageHost keeps of a cache, as bytes; holds secrets.
std::string SnapshotOf(const ImageCache& cache);

// Puts a cache that an earlier cloud made back into the world, and has its images held again; a
// Ready one is Ready meanwhile. Its events are forgotten. Errors: kInvalidArgument for bytes that
// are no whole snapshot, kAlreadyExists for an id that is known.
base::Status AdoptImageCache(World& world, std::string_view snapshot);

}  // namespace vk::fake
