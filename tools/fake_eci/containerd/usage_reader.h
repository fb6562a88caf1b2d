#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tools/fake_eci/engine/group/usage.h"

namespace vk::fake {

// Reads what a control group has used from the kernel's files, of version 1 (a tree for each
// controller; also with an empty tree of version 2 beside them) and of version 2 (one tree). CRI's
// statistics lack the cache, packets, drops and disks. What cannot be read is 0: a control group
// goes with its processes. Sources: the kernel's admin-guide, cgroup-v1 and cgroup-v2; for what
// counts as working set, github.com/google/cadvisor, container/libcontainer/handler.go.
class UsageReader {
 public:
  // Where the trees are mounted, and the processes; another place for tests.
  explicit UsageReader(std::filesystem::path cgroups = "/sys/fs/cgroup",
                       std::filesystem::path processes = "/proc");

  // `path` is below each tree, such as "/fake-eci-1/eci-2/<container>".
  ResourceUsage Resources(const std::string& path) const;
  std::vector<DiskUsage> Disks(const std::string& path) const;
  // The number of some process below `path`; empty: there is none.
  std::string ProcessIn(const std::string& path) const;
  // Where what the container below `path` itself writes is kept: the upper folder of its overlay.
  // Empty when nothing runs there, or on another file system.
  std::filesystem::path WritableLayer(const std::string& path) const;
  // The interfaces that processes below `path` see, but the loopback.
  std::vector<NetworkUsage> Interfaces(const std::string& path) const;

 private:
  std::string FirstProcess(const std::filesystem::path& group) const;
  std::filesystem::path Tree(std::string_view controller, const std::string& path) const;

  const std::filesystem::path cgroups_;
  const std::filesystem::path processes_;
  const bool unified_;
};

// The file system that `folder` is in, with the name "/": containers see it as their root.
// Empty when it cannot be asked.
std::vector<FilesystemUsage> RootFilesystem(const std::filesystem::path& folder);

}  // namespace vk::fake
