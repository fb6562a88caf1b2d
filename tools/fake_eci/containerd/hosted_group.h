#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/fake_eci/containerd/paths.h"

namespace vk::eci::v1 {
class Container;
class CreateContainerGroupRequest;
}  // namespace vk::eci::v1

namespace vk::fake {

struct Group;

// What a runtime needs to know of a group, taken from the engine's at the moment it is told to act.
// A value.
struct HostedGroup {
  std::uint64_t number = 0;
  std::uint64_t epoch = 0;
  std::string id;
  std::string name;
  std::string address;
  std::string spec;          // As Group has it.
  std::string pull_secrets;  // As Group has it.
  std::string snapshot;      // What finds the group again (engine/adoption.h).

  static HostedGroup From(const Group& group);

  eci::v1::CreateContainerGroupRequest ParseSpec() const;
  // Covers all containers.
  std::vector<std::string> Images() const;
};

// Init containers first, as the engine counts; an init container is shown as the container that it
// is. Empty when there is none of this number.
eci::v1::Container ContainerOf(const eci::v1::CreateContainerGroupRequest& spec, std::size_t index);

// Where the files of one group are.
struct GroupFolders {
  GroupFolders(const RuntimePaths& paths, const std::string& group_id)
      : top(paths.groups() / group_id) {}

  std::filesystem::path top;
  std::filesystem::path hosts() const { return top / "hosts"; }
  std::filesystem::path volume(const std::string& name) const { return top / "volumes" / name; }
  std::filesystem::path logs() const { return top / "logs"; }
  std::filesystem::path log(const std::string& container, int attempt) const {
    return logs() / container / (std::to_string(attempt) + ".log");
  }
  std::filesystem::path termination(const std::string& container, int attempt) const {
    return top / "terminations" / (container + "-" + std::to_string(attempt));
  }
};

}  // namespace vk::fake
