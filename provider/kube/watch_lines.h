#pragma once

#include <cstddef>
#include <string>

#include "provider/kube/watch_decoder.h"

namespace google::protobuf {
class Message;
}

namespace vk::kube {

// A watch of a kind that travels as JSON: a line {"type": .., "object": ..} for each event. An
// object that does not fit its message comes as no bytes at all, so that one such object ends
// nothing.
class WatchLines final : public WatchDecoder {
 public:
  // A line over the limit is garbage. REQUIRES: `type` outlives it.
  explicit WatchLines(const google::protobuf::Message& type, std::size_t max_line_bytes = 16u << 20)
      : type_(type), limit_(max_line_bytes) {}

  void Append(std::string_view bytes) override;
  base::Result<std::optional<WatchEvent>> Next() override;
  bool in_mid_frame() const override { return buffer_.size() > begin_; }

 private:
  const google::protobuf::Message& type_;
  std::size_t limit_;
  std::string buffer_;
  std::size_t begin_ = 0;  // Where begins what is not decoded yet.
};

}  // namespace vk::kube
