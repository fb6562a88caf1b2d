#pragma once

#include <map>
#include <string>
#include <vector>

#include "provider/config/options.h"

namespace vk::app {

// What the process was started with; the only place that knows the real world's environment.
struct Start {
  std::vector<std::string> arguments;  // Without the program's name.
  std::map<std::string, std::string> environment;
};

// The composition root of virtual-node: reads the configuration, builds every part, runs until
// SIGTERM or SIGINT, and returns the exit code: 0 after an orderly end; 2 for what is decidably
// wrong with the configuration, or what --check found wrong; 1 when an address cannot be listened
// on.
int Main(const Start& start);

}  // namespace vk::app
