#include "tools/fake_eci/containerd/paths.h"

#include <utility>

#include "base/sha256.h"

namespace vk::fake {

RuntimePaths::RuntimePaths(std::filesystem::path root_folder)
    : root(std::move(root_folder)),
      tag(base::Sha256Hex(root.string()).substr(0, 8)),
      run("/run/fake-eci-" + tag) {}

}  // namespace vk::fake
