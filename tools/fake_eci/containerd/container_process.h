#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace vk::fake {

// A command that runs in a container, with its streams. Each call has one caller at a time; no call
// has a time limit of its own. Destroying it kills the command.
class ContainerProcess {
 public:
  virtual ~ContainerProcess() = default;

  // What it has printed since; empty at the end, which may come long after the command's own when
  // it left something behind that still has its output. Errors: kUnavailable, kCancelled (nothing
  // is lost).
  virtual boost::asio::awaitable<base::Result<std::string>> ReadOutput() = 0;
  // The same of its error output; with a terminal only why it could not start.
  virtual boost::asio::awaitable<base::Result<std::string>> ReadErrors() = 0;

  // Errors: kUnavailable (it reads no more, or has no input), kCancelled.
  virtual boost::asio::awaitable<base::Status> WriteInput(std::string bytes) = 0;
  // Ends its input; a terminal has no such end. A WriteInput at work fails.
  virtual boost::asio::awaitable<void> CloseInput() = 0;

  // Sizes its terminal, in characters; may come before the terminal is there. No effect without
  // one.
  virtual boost::asio::awaitable<void> Resize(std::uint16_t width, std::uint16_t height) = 0;

  // Returns its exit code once it has ended, as a shell tells it; 126 when it could not start.
  // Errors: kCancelled.
  virtual boost::asio::awaitable<base::Result<int>> Wait() = 0;

  // Kills every process of its session. Returns at once; Wait tells when it is done.
  virtual void Kill() = 0;
};

struct ContainerCommand {
  std::string container_id;
  std::vector<std::string> words;
  bool terminal = false;
  bool input = false;  // Without it the process reads an end at once.
};

// Starts it by `runc exec`, as the container's own user in the container's folder, environment and
// control groups, with runc's state in `runc_root`; `folder` is for files of the moment, and `name`
// is no other one's in it. Errors: kInternal; those that runc finds are told by the process.
base::Result<std::unique_ptr<ContainerProcess>> StartContainerProcess(
    const ContainerCommand& command, const std::filesystem::path& runc_root,
    const std::filesystem::path& folder, const std::string& name,
    boost::asio::any_io_executor executor);

}  // namespace vk::fake
