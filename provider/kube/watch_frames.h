#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "provider/kube/watch_decoder.h"

namespace vk::kube {

// A watch of a kind that travels as protobuf: frames of a 4-byte big-endian length and an enveloped
// meta.v1.WatchEvent, whose object is enveloped again. A JSON event or Status in place of the first
// frame, as an API server or a proxy without protobuf sends it, is read as one.
class WatchFrames final : public WatchDecoder {
 public:
  // A frame over the limit is garbage: an object is at most 3 MiB on its way in.
  explicit WatchFrames(std::size_t max_frame_bytes = 16u << 20) : limit_(max_frame_bytes) {}

  void Append(std::string_view bytes) override;
  base::Result<std::optional<WatchEvent>> Next() override;
  bool in_mid_frame() const override { return buffer_.size() > begin_; }

 private:
  base::Error Garbage() const;

  std::size_t limit_;
  std::string buffer_;
  std::size_t begin_ = 0;  // Where begins what is not decoded yet.
};

}  // namespace vk::kube
