#include "tools/fake_eci/containerd/container_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "base/event.h"
#include "base/task_group.h"
#include "tools/fake_eci/containerd/command.h"
#include "tools/fake_eci/containerd/exec_helper.h"

namespace vk::fake {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 32u << 10;

Error IoError(std::string_view what, const error_code& error) {
  const bool cancelled = error == asio::error::operation_aborted;
  return {cancelled ? ErrorCode::kCancelled : ErrorCode::kUnavailable,
          fmt::format("{}: {}", what, error.message())};
}

Error SystemError(std::string_view what) {
  return {ErrorCode::kInternal, fmt::format("{}: {}", what, std::strerror(errno))};
}

// The one descriptor that was sent over a local socket (unix(7), SCM_RIGHTS).
int ReceiveDescriptor(int socket) {
  char name[256];
  iovec data{.iov_base = name, .iov_len = sizeof(name)};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0) return -1;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  int received = -1;
  std::memcpy(&received, CMSG_DATA(header), sizeof(received));
  return received;
}

// A pipe: our end as a descriptor of Asio's, the other for the child.
class ChildEnd {
 public:
  ChildEnd() = default;
  ~ChildEnd() { Close(); }
  ChildEnd(const ChildEnd&) = delete;
  ChildEnd& operator=(const ChildEnd&) = delete;

  base::Status Open(asio::posix::stream_descriptor& ours, bool child_reads) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(SystemError("make a pipe"));
    fd_ = ends[child_reads ? 0 : 1];
    ours.assign(ends[child_reads ? 1 : 0]);
    return {};
  }
  base::Status OpenNothing() {
    fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) return std::unexpected(SystemError("open /dev/null"));
    return {};
  }
  int fd() const { return fd_; }

 private:
  void Close() const {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd_ = -1;
};

class RuncProcess final : public ContainerProcess {
 public:
  RuncProcess(bool terminal, const fs::path& folder, const std::string& name,
              const asio::any_io_executor& executor)
      : has_terminal_(terminal),
        pid_file_(folder / (name + ".pid")),
        socket_(folder / (name + ".sock")),
        input_(executor),
        output_(executor),
        errors_(executor),
        terminal_(executor),
        end_(executor),
        console_(executor),
        terminal_came_(executor) {}

  ~RuncProcess() override {
    Kill();
    std::error_code ignored;
    fs::remove(socket_, ignored);
  }

  base::Status Start(const ContainerCommand& command, const fs::path& runc_root);

  asio::awaitable<base::Result<std::string>> ReadOutput() override {
    if (!has_terminal_) co_return co_await Read(output_);
    if (!terminal_.is_open() && !co_await TakeTerminal()) co_return "";
    co_return co_await Read(terminal_);
  }

  asio::awaitable<base::Result<std::string>> ReadErrors() override { return Read(errors_); }

  asio::awaitable<base::Status> WriteInput(std::string bytes) override {
    if (has_terminal_ && !terminal_.is_open()) VK_CO_CHECK_OK(co_await terminal_came_.Wait());
    asio::posix::stream_descriptor& to = has_terminal_ ? terminal_ : input_;
    if (!to.is_open())
      co_return std::unexpected(Error(ErrorCode::kUnavailable, "write input: it is closed"));
    const auto [error, count] = co_await asio::async_write(to, asio::buffer(bytes), kAsValue);
    if (error) co_return std::unexpected(IoError("write input", error));
    co_return base::Status();
  }

  asio::awaitable<void> CloseInput() override {
    error_code ignored;
    if (!has_terminal_) input_.close(ignored);
    if (ended_) terminal_came_.Set();
    co_return;
  }

  asio::awaitable<void> Resize(std::uint16_t width, std::uint16_t height) override {
    size_ = {.ws_row = height, .ws_col = width, .ws_xpixel = 0, .ws_ypixel = 0};
    if (terminal_.is_open()) ::ioctl(terminal_.native_handle(), TIOCSWINSZ, &size_);
    co_return;
  }

  asio::awaitable<base::Result<int>> Wait() override;

  void Kill() override {
    if (pid_ > 0 && !ended_) ::kill(pid_, SIGTERM);
  }

 private:
  asio::awaitable<base::Result<std::string>> Read(asio::posix::stream_descriptor& from) {
    if (co_await base::Cancelled())
      co_return std::unexpected(IoError("read output", asio::error::operation_aborted));
    std::string bytes(kReadSize, '\0');
    const auto [error, count] = co_await from.async_read_some(asio::buffer(bytes), kAsValue);
    // A terminal that nobody has open any more gives EIO instead of an end.
    if (error == asio::error::eof || error.value() == EIO) co_return "";
    if (error) co_return std::unexpected(IoError("read output", error));
    bytes.resize(count);
    co_return bytes;
  }

  // False when there is none: the command did not start.
  asio::awaitable<bool> TakeTerminal() {
    Local::socket runc(console_.get_executor());
    const auto [refused] = co_await console_.async_accept(runc, kAsValue);
    if (refused) co_return false;
    const auto [gone] = co_await runc.async_wait(Local::socket::wait_read, kAsValue);
    const int received = gone ? -1 : ReceiveDescriptor(runc.native_handle());
    if (received < 0) co_return false;
    terminal_.assign(received);
    if (size_.ws_col > 0) co_await Resize(size_.ws_col, size_.ws_row);
    terminal_came_.Set();
    co_return true;
  }

  const bool has_terminal_;
  const fs::path pid_file_;
  const fs::path socket_;
  pid_t pid_ = 0;  // The helper's.
  bool ended_ = false;
  int exit_code_ = 0;
  winsize size_{};
  asio::posix::stream_descriptor input_;
  asio::posix::stream_descriptor output_;
  asio::posix::stream_descriptor errors_;
  asio::posix::stream_descriptor terminal_;
  asio::posix::stream_descriptor end_;  // Readable when the helper has ended.
  Local::acceptor console_;             // Where runc brings the terminal.
  base::Event terminal_came_;
};

base::Status RuncProcess::Start(const ContainerCommand& command, const fs::path& runc_root) {
  std::vector<std::string> arguments = {std::string(kExecHelper),
                                        pid_file_.string(),
                                        "runc",
                                        "--root",
                                        runc_root.string(),
                                        "exec",
                                        "--detach",
                                        "--pid-file",
                                        pid_file_.string()};
  ChildEnd in;
  ChildEnd out;
  ChildEnd errors;
  VK_CHECK_OK(errors.Open(errors_, false));
  if (has_terminal_) {
    // Containerd's CRI gives the same TERM.
    for (std::string word : {std::string("--tty"), std::string("--env"), std::string("TERM=xterm"),
                             std::string("--console-socket"), socket_.string()}) {
      arguments.push_back(std::move(word));
    }
    error_code failed;
    console_.open(Local(), failed);
    if (!failed) console_.bind(Local::endpoint(socket_.string()), failed);
    if (!failed) console_.listen(1, failed);
    if (failed) return std::unexpected(IoError("listen on " + socket_.string(), failed));
  } else {
    VK_CHECK_OK(out.Open(output_, false));
  }
  if (command.input && !has_terminal_) {
    VK_CHECK_OK(in.Open(input_, true));
  } else {
    VK_CHECK_OK(in.OpenNothing());
  }
  arguments.push_back(command.container_id);
  arguments.insert(arguments.end(), command.words.begin(), command.words.end());
  VK_TRY(pid, StartSelf(arguments, {in.fd(), has_terminal_ ? errors.fd() : out.fd(), errors.fd()}));
  pid_ = pid;
  // glibc 2.36 declares its pidfd_open for C alone.
  const int watch = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (watch < 0) return std::unexpected(SystemError("watch a command"));
  end_.assign(watch);
  return {};
}

asio::awaitable<base::Result<int>> RuncProcess::Wait() {
  if (ended_) co_return exit_code_;
  const auto [error] =
      co_await end_.async_wait(asio::posix::stream_descriptor::wait_read, kAsValue);
  if (error) co_return std::unexpected(IoError("wait for a command", error));
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ended_ = true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  // Nobody brings a terminal any more.
  error_code ignored;
  if (!terminal_.is_open()) console_.close(ignored);
  co_return exit_code_;
}

}  // namespace

base::Result<std::unique_ptr<ContainerProcess>> StartContainerProcess(
    const ContainerCommand& command, const fs::path& runc_root, const fs::path& folder,
    const std::string& name, asio::any_io_executor executor) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) {
    return std::unexpected(
        Error(ErrorCode::kInternal, fmt::format("make {}: {}", folder.string(), failed.message())));
  }
  auto process = std::make_unique<RuncProcess>(command.terminal, folder, name, executor);
  VK_CHECK_OK(process->Start(command, runc_root));
  return process;
}

}  // namespace vk::fake
