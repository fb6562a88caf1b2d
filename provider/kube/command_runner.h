#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vk::kube {

// A program to run: its name (looked up in PATH without a slash), arguments and whole environment.
struct Command {
  std::string program;
  std::vector<std::string> args;
  std::vector<std::string> environment;  // "NAME=value"
};

struct CommandResult {
  int exit_code = 0;  // 128 + signal when it was killed.
  std::string output;
};

// Runs programs of the user's, such as credential plugins. Used on one thread.
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;

  // Runs to its end, without input; its standard error is ours. Errors: kNotFound (no such
  // program), kPermissionDenied, kDeadlineExceeded and kCancelled (it was killed, with its process
  // group), kInternal (more than 1 MiB of output).
  virtual boost::asio::awaitable<base::Result<CommandResult>> Run(Command command,
                                                                  base::TimePoint deadline) = 0;
};

// Real processes. REQUIRES: `clock` lives on the executor's context and outlives the runner.
std::unique_ptr<CommandRunner> MakeProcessRunner(boost::asio::any_io_executor executor,
                                                 base::Clock& clock);

}  // namespace vk::kube
