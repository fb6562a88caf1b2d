#include "tools/ecictl/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace vk::ecictl {
namespace {

base::Error SystemError(std::string_view what) {
  return {base::ErrorCode::kInternal, std::string(what) + ": " + std::strerror(errno)};
}

}  // namespace

base::Result<Input> Input::Open() {
  int fd = -1;
  if (const char* name = ::ttyname(STDIN_FILENO))
    fd = ::open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) fd = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (fd < 0) return std::unexpected(SystemError("open standard input"));
  return Input(fd, ::fcntl(fd, F_GETFL));
}

Input::~Input() {
  if (fd_ < 0) return;
  ::fcntl(fd_, F_SETFL, flags_);
  ::close(fd_);
}

Input::Input(Input&& other) noexcept : fd_(std::exchange(other.fd_, -1)), flags_(other.flags_) {}

int Input::Duplicate() const { return ::fcntl(fd_, F_DUPFD_CLOEXEC, 0); }

base::Result<RawMode> RawMode::Enter() {
  termios before{};
  if (::tcgetattr(STDIN_FILENO, &before) != 0) {
    return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument,
                                       "-t with -i needs a terminal as standard input; leave -t "
                                       "out"));
  }
  termios raw = before;
  ::cfmakeraw(&raw);
  if (::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) {
    return std::unexpected(SystemError("set the terminal"));
  }
  return RawMode(before);
}

RawMode::~RawMode() {
  if (before_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*before_);
}

RawMode::RawMode(RawMode&& other) noexcept : before_(std::exchange(other.before_, std::nullopt)) {}

std::optional<exec::TerminalSize> WindowSize() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
      return exec::TerminalSize{.width = size.ws_col, .height = size.ws_row};
    }
  }
  return std::nullopt;
}

base::Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return std::unexpected(
          base::Error(base::ErrorCode::kUnavailable, SystemError("write output").message));
    }
  }
  return {};
}

}  // namespace vk::ecictl
