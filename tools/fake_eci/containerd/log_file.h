#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "tools/fake_eci/engine/group/group.h"

namespace vk::fake {

// The lines of a log in the CRI's format, "TIME stdout|stderr P|F TEXT", parts of one line put
// together; what is not in it is left out. Of a
// large file only the end, 4 MiB: the cloud shows 1 MiB of a log. A file that is not there is
// empty. Source: Kubernetes, "CRI container log format" (design proposal kubelet-cri-logging).
std::vector<LogLine> ReadLogFile(const std::filesystem::path& path);

// The same of text.
std::vector<LogLine> ParseLog(std::string_view text);

}  // namespace vk::fake
