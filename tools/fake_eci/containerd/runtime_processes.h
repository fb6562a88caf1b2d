#pragma once

#include <filesystem>
#include <set>
#include <vector>

#include "tools/fake_eci/containerd/paths.h"

// What a runtime with these paths has on this machine now, whoever started it and whether or not
// its folder is still there: found by names in /proc and in the trees of control groups.
namespace vk::fake {

// Its containerd: one, or none; more only where its folder was removed below one.
std::set<int> RunningContainerds(const RuntimePaths& paths);

// containerd, its shims, and what is in its control groups.
std::set<int> RuntimeProcesses(const RuntimePaths& paths);

// The folders of its control group below every hierarchy, version 1 and 2.
std::vector<std::filesystem::path> ControlGroups(const RuntimePaths& paths);

}  // namespace vk::fake
