#pragma once

#include <string_view>

namespace vk::fake {

// The name under which this program runs a command in a container.
inline constexpr std::string_view kExecHelper = "fake-eci-exec";

// Runs `argv[2]...`, which is `runc exec --detach` with `argv[1]` as its --pid-file, adopts the
// process that it leaves behind, and returns that one's exit code as a shell tells it; 126 when
// runc could not start it, after runc's own words on the error output. SIGTERM, or the end of the
// parent, kills every process of the command's session. A program of its own, since only a
// subreaper learns the exit code and a process can have one for all its children alone.
// REQUIRES: a single thread.
int RunExecHelper(int argc, char** argv, char** environment);

}  // namespace vk::fake
