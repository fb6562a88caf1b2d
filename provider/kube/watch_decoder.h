#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "provider/kube/kube_api.h"

namespace vk::kube {

// The body of a watch, which arrives in pieces of any size, as events. Pure; owned by one stream.
class WatchDecoder {
 public:
  virtual ~WatchDecoder() = default;

  virtual void Append(std::string_view bytes) = 0;

  // The next whole event, its `received` left to the caller; nullopt when bytes are missing.
  // Errors: those of an ERROR event's Status, such as kConflict "Expired"; kInternal for garbage,
  // with its beginning. After an error this object is of no use.
  virtual base::Result<std::optional<WatchEvent>> Next() = 0;

  // False at the end of a whole event: where a stream may end in order.
  virtual bool in_mid_frame() const = 0;
};

// "ADDED" and its like; nothing for ERROR and what is unknown.
std::optional<WatchEventType> WatchEventTypeOf(std::string_view name);

// Whether a bookmark, given as its protobuf bytes, ends the first part of a streaming list.
base::Result<bool> EndsInitialEvents(std::string_view bookmark);

}  // namespace vk::kube
