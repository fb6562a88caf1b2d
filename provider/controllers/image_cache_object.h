#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "provider/controllers/object_mirror.h"

namespace vk::kubernetes {
class ImageCache;
}

namespace vk::controllers {

// The custom resource ImageCache, as the controller reads and marks it. Pure functions.

// What counts of an object: its bytes without what every write changes.
struct ImageCacheFacts {
  std::string bytes;

  bool operator==(const ImageCacheFacts&) const = default;
};
using ImageCacheMirror = ObjectMirror<ImageCacheFacts>;

// Nothing when the bytes are no image cache.
std::optional<ImageCacheFacts> ReadImageCacheFacts(const std::string& object);

// Parses facts, and what the API server answers. Empty when the bytes are none.
kubernetes::ImageCache ParseImageCache(std::string_view bytes);

const std::string& UidOf(const kubernetes::ImageCache& object);
// The id of its cache, as the status names it; empty: none.
const std::string& IdOf(const kubernetes::ImageCache& object);

// What the cloud is to make: changes with the spec and with the annotations that count.
std::string SpecDigest(const kubernetes::ImageCache& object);

bool IsBeingDeleted(const kubernetes::ImageCache& object);
// It has our finalizer: its cache in the cloud is ours to delete before it goes.
bool IsTakenOn(const kubernetes::ImageCache& object);
// The digest that was last sent to the cloud, or is about to be; empty: none.
std::string NotedDigest(const kubernetes::ImageCache& object);

// Merge patches of the object as it was just read, refused when it has changed since: our finalizer
// and the digest put on it, and the finalizer taken off.
std::string TakeOnPatch(const kubernetes::ImageCache& object, const std::string& digest);
std::string LetGoPatch(const kubernetes::ImageCache& object);

}  // namespace vk::controllers
