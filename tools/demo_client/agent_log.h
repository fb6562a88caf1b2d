#pragma once

#include <istream>
#include <map>
#include <string>

namespace vk::demo {

// What the agent says of one pod's creation, in milliseconds.
struct CreationTimes {
  double added =
      0;  // Last byte of the pod's watch frame read to first byte of the creation written.
  double inputs = 0;  // The API server's share of it: tokens, ConfigMaps, Secrets.
};

// From the agent's log, its lines "created container group"; by pod UID, the first one counts.
// Lines that cannot be read are left out.
std::map<std::string, CreationTimes> ReadCreationTimes(std::istream& log);

}  // namespace vk::demo
