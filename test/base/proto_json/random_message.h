#pragma once

#include <cstdint>
#include <random>

namespace google::protobuf {
class Message;
}

namespace vk::base {

// Sets a random part of `message`'s fields to values that the codecs find hard: empty text, quotes,
// escapes, four-byte characters, extreme and tiny numbers. Every message made holds at least one
// scalar, since a flattened query cannot show an empty one. The same seed gives the same message.
class RandomMessage {
 public:
  explicit RandomMessage(std::uint64_t seed) : engine_(seed) {}

  // Nested at most `depth` messages deep.
  void Fill(google::protobuf::Message* message, int depth = 8);

 private:
  std::mt19937_64 engine_;
};

}  // namespace vk::base
