#pragma once

#include <map>
#include <string>

namespace vk::agent {

// The logs of a group's containers by name, as DescribeContainerLog tells them with timestamps: the
// last 2,000 lines of each, at most 1 MiB.
struct GroupLogs {
  std::string group_id;
  std::map<std::string, std::string> current;
  std::map<std::string, std::string> previous;  // The logs of the run before.
};

}  // namespace vk::agent
