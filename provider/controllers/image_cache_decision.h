#pragma once

#include <string_view>

namespace vk::controllers {

// What is known of one ImageCache object and of its cache in the cloud.
struct ImageCacheState {
  bool being_deleted = false;
  bool taken_on = false;         // It has our finalizer.
  bool noted = false;            // It carries the digest of its present spec.
  bool has_id = false;           // Its status names a cache.
  std::string_view cloud_phase;  // Its cache's as last listed; empty: none is.
  bool same_spec = false;        // That cache was made, or last changed, for the present spec.
  bool gone = false;             // It is not there: proven by listings, or deleted by us.
  bool never_made = false;       // No creation of it can have had an effect.
};

enum class ImageCacheAction {
  kNothing,
  kTakeOn,  // Put finalizer and digest on the object.
  kCreate,
  kUpdate,
  kDelete,    // In the cloud.
  kTellGone,  // It is gone, and stays so until the spec changes.
  kForget,    // It is gone, but another one is wanted: the status must not name it any more.
  kLetGo,     // Nothing is left in the cloud: take the finalizer off.
};

// The one place that decides when a cache is made, changed and deleted. A cache costs money, so:
// what may exist is never made again, whoever carries an id is not given another one unless its
// spec has changed since, and an object goes only when its cache has. Pure.
ImageCacheAction DecideImageCache(const ImageCacheState& state);

}  // namespace vk::controllers
