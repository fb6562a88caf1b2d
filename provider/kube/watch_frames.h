#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "provider/kube/kube_api.h"

namespace vk::kube {

// The body of a watch, as it arrives in pieces of any size: frames of a 4-byte big-endian length
// and an enveloped meta.v1.WatchEvent, whose object is enveloped again. Pure; owned by one stream.
class WatchFrames {
 public:
  // A frame over the limit is garbage: an object is at most 3 MiB on its way in.
  explicit WatchFrames(std::size_t max_frame_bytes = 16u << 20) : limit_(max_frame_bytes) {}

  void Append(std::string_view bytes);

  // The next whole event, its `received` left to the caller; nullopt when bytes are missing.
  // Errors: those of an ERROR event's Status, such as kConflict "Expired"; kInternal for garbage,
  // with its beginning. A JSON event or Status in place of the first frame, as an API server or a
  // proxy without protobuf sends it, is read as one. After an error this object is of no use.
  base::Result<std::optional<WatchEvent>> Next();

  // False at the end of a whole frame: where a stream may end in order.
  bool in_mid_frame() const { return buffer_.size() > begin_; }

 private:
  base::Error Garbage() const;

  std::size_t limit_;
  std::string buffer_;
  std::size_t begin_ = 0;  // Of what is not decoded yet.
};

}  // namespace vk::kube
