#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/result.h"

namespace vk::fake {

// Runs a program found in the system's folders, with nothing else in its environment, to its end
// and returns what it printed on both outputs. Blocks: for the moments before and after serving.
// Errors: kNotFound when there is no such program, kInternal when it fails, with the end of its
// output.
base::Result<std::string> RunCommand(const std::vector<std::string>& arguments);

// Starts a program in a session of its own, both outputs appended to `log`, and returns its process
// id. Errors: as above.
base::Result<int> StartDaemon(const std::vector<std::string>& arguments, const std::string& log);

// Whether a process has ended; a child of ours is then reaped.
bool HasEnded(int pid);

// Starts this very program once more, in a session of its own, under the name arguments[0], with
// `files` as its input and outputs, and returns its process id. Errors: as above.
base::Result<int> StartSelf(const std::vector<std::string>& arguments,
                            const std::array<int, 3>& files);

}  // namespace vk::fake
