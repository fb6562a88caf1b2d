// The body of a watch: split anywhere it must give the same events, and never more than it holds.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "provider/kube/watch_frames.h"
#include "test/fuzz/fuzz_check.h"

namespace vk::kube {
namespace {

// The events of `bytes` fed in pieces of `step`, and how it ended.
std::vector<std::string> Read(std::string_view bytes, std::size_t step) {
  WatchFrames frames(1u << 16);
  std::vector<std::string> seen;
  while (!bytes.empty()) {
    frames.Append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      auto event = frames.Next();
      if (!event) {
        // How much of garbage is quoted depends on how much had come.
        seen.emplace_back("error");
        return seen;
      }
      if (!*event) break;
      seen.push_back((*event)->object);
    }
  }
  return seen;
}

}  // namespace
}  // namespace vk::kube

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  VK_FUZZ_CHECK(vk::kube::Read(bytes, 1) == vk::kube::Read(bytes, size + 1));
  return 0;
}
