// Frames of a WebSocket's client: split anywhere they must give the same messages, within the
// limit.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/websocket_frames.h"
#include "test/fuzz/fuzz_check.h"

namespace vk::base {
namespace {

constexpr std::size_t kLimit = 1024;

// The messages of `bytes` fed in pieces of `step`, and how it ended.
std::vector<std::string> Read(std::string_view bytes, std::size_t step) {
  WebSocketFrameReader reader(WebSocketSide::kServer, kLimit);
  std::vector<std::string> seen;
  std::string input;
  while (!bytes.empty()) {
    input += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      auto message = reader.Take(&input);
      if (!message) {
        seen.push_back("error " + std::to_string(static_cast<int>(reader.fault())));
        return seen;
      }
      if (!*message) break;
      VK_FUZZ_CHECK((*message)->payload.size() <= kLimit);
      seen.push_back(std::move((*message)->payload));
    }
  }
  return seen;
}

}  // namespace
}  // namespace vk::base

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  VK_FUZZ_CHECK(vk::base::Read(bytes, 1) == vk::base::Read(bytes, size + 1));
  return 0;
}
