#pragma once

#include <termios.h>

#include <optional>
#include <string_view>

#include "base/exec_channel/exec_channel.h"
#include "base/result.h"

namespace vk::ecictl {

// Standard input, to be read without waiting; destroying it leaves the input as it was found. A
// terminal is opened anew, so that it does not stop waiting for the shell, too.
class Input {
 public:
  // Errors: kInternal.
  static base::Result<Input> Open();
  ~Input();
  Input(Input&& other) noexcept;
  Input& operator=(Input&&) = delete;

  // A descriptor for the caller to own.
  int Duplicate() const;

 private:
  Input(int fd, int flags) : fd_(fd), flags_(flags) {}

  int fd_;
  int flags_;
};

// Standard input's terminal while every key goes through as it is typed.
class RawMode {
 public:
  // Errors: kInvalidArgument when standard input is no terminal.
  static base::Result<RawMode> Enter();
  ~RawMode();
  RawMode(RawMode&& other) noexcept;
  RawMode& operator=(RawMode&&) = delete;

 private:
  explicit RawMode(const termios& before) : before_(before) {}

  std::optional<termios> before_;
};

// The size of the terminal we are shown in; nothing when there is none.
std::optional<exec::TerminalSize> WindowSize();

// Writes all, waiting as long as it takes. Errors: kUnavailable when nobody reads.
base::Status WriteAll(int fd, std::string_view bytes);

}  // namespace vk::ecictl
