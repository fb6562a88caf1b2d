#pragma once

#include <string_view>

#include "provider/translate/planning.h"

namespace vk::translate {

// What a hostPath volume becomes, since there is no machine whose folder it could be.
enum class HostPathUse {
  kRefused,
  kTimeZone,      // Its mounts are left out: the image's own files serve, the sandbox is in UTC.
  kSharedMemory,  // An emptyDir in memory.
  kScratch,       // An emptyDir: a folder for temporary files or logs that the pod writes.
  kReplaced,      // An emptyDir: the node's settings name the folder.
};

// REQUIRES: `volume` is one of `spec`.
HostPathUse UseOfHostPath(const core::Volume& volume, const core::PodSpec& spec,
                          const NodeFacts& node);

// Whether the absolute `path` is `folder` or below it, by whole components. Never for a path with a
// component "..".
bool IsAtOrBelow(std::string_view path, std::string_view folder);

}  // namespace vk::translate
