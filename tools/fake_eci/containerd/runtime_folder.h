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

  // Whether it had no mark before: what else the runtime left on the machine is of a folder that
  // somebody removed.
  bool is_new() const { return is_new_; }

  RuntimeFolder(RuntimeFolder&& other) noexcept
      : lock_(std::exchange(other.lock_, -1)), is_new_(other.is_new_) {}
  RuntimeFolder& operator=(RuntimeFolder&& other) noexcept {
    std::swap(lock_, other.lock_);
    std::swap(is_new_, other.is_new_);
    return *this;
  }
  ~RuntimeFolder();

 private:
  RuntimeFolder(int lock, bool is_new) : lock_(lock), is_new_(is_new) {}

  int lock_;  // A file descriptor.
  bool is_new_;
};

}  // namespace vk::fake
