// The body of a watch, of protobuf and of JSON: split anywhere it must give the same events, and
// never more than it holds.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/kubernetes/image_cache.pb.h"
#include "provider/kube/watch_frames.h"
#include "provider/kube/watch_lines.h"
#include "test/fuzz/fuzz_check.h"

namespace vk::kube {
namespace {

// The events of `bytes` fed in pieces of `step`, and how it ended.
std::vector<std::string> Read(WatchDecoder&& frames, std::string_view bytes, std::size_t step) {
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
  using namespace vk::kube;
  constexpr std::size_t kLimit = 1u << 16;
  const auto& type = vk::kubernetes::ImageCache::default_instance();
  VK_FUZZ_CHECK(Read(WatchFrames(kLimit), bytes, 1) == Read(WatchFrames(kLimit), bytes, size + 1));
  VK_FUZZ_CHECK(Read(WatchLines(type, kLimit), bytes, 1) ==
                Read(WatchLines(type, kLimit), bytes, size + 1));
  return 0;
}
