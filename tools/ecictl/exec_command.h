#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "eci_client/credentials/environment_credentials.h"

namespace vk::ecictl {

// `ecictl exec GROUP [-c CONTAINER] [-i] [-t] -- CMD...`, as it was typed; without a command,
// `ecictl attach`.
struct ExecCommandLine {
  std::string group;
  std::string container;  // Empty: the group's first.
  std::vector<std::string> command;
  bool input = false;
  bool terminal = false;
  // Offered to the server, the best first. ECI's is not known to speak any, and none is needed.
  std::vector<std::string> subprotocols;
  std::string endpoint;  // As in EciCommandLine.
};

// Runs it on a loop of its own, with this process's input and outputs, and returns its exit code,
// or 128 and the number of the signal that ended us. Errors: kInvalidArgument (what was typed, or
// no terminal), the cloud's own with cloud_code, kUnavailable (nobody answers, or the stream ended
// without telling how the command did), kInternal (the command could not be run, or how it ended
// was told as text).
base::Result<int> ExecCommand(const ExecCommandLine& line, const eci::Environment& environment);

}  // namespace vk::ecictl
