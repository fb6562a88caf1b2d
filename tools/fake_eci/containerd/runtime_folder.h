#pragma once

#include <chrono>
#include <utility>

#include "base/result.h"
#include "tools/fake_eci/containerd/paths.h"

namespace vk::fake {

// This process's hold of a runtime's folder: as long as the object lives, no other process works in
// it or removes it. The folder carries a mark, so that no folder of somebody else's is ever taken
// for one. Movable.
class RuntimeFolder {
 public:
  // Takes a folder that is absent, empty, or has the mark; makes and marks it. Waits for another
  // holder for `patience`; blocks. Errors: kInvalidArgument, naming --runtime-dir: somebody else's
  // files are in it, it cannot be made, or another process has it.
  static base::Result<RuntimeFolder> Take(const RuntimePaths& paths,
                                          std::chrono::milliseconds patience);

  RuntimeFolder(RuntimeFolder&& other) noexcept : lock_(std::exchange(other.lock_, -1)) {}
  RuntimeFolder& operator=(RuntimeFolder&& other) noexcept {
    std::swap(lock_, other.lock_);
    return *this;
  }
  ~RuntimeFolder();

 private:
  explicit RuntimeFolder(int lock) : lock_(lock) {}

  int lock_;  // A file descriptor.
};

}  // namespace vk::fake
