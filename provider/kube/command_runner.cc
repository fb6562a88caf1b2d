#include "provider/kube/command_runner.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "base/deadline.h"

namespace vk::kube {
namespace {

namespace asio = boost::asio;
using base::ErrorCode;

constexpr std::size_t kMaxOutput = 1u << 20;
constexpr std::chrono::milliseconds kExitPoll{5};

std::unexpected<base::Error> Failed(ErrorCode code, const Command& command,
                                    const std::string& cause) {
  return std::unexpected(base::Error(code, "run " + command.program + ": " + cause));
}

// A child that is killed, with its group, unless it was seen to end.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  // The exit code, once it has ended.
  std::optional<int> Poll() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

base::Result<Child> Spawn(Command command, int output) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

  std::vector<std::string> words{command.program};
  words.insert(words.end(), command.args.begin(), command.args.end());
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, command.program.c_str(), &files, &attributes,
                                   Pointers(words).data(), Pointers(command.environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error == 0) return Child(pid);
  const ErrorCode code = error == ENOENT   ? ErrorCode::kNotFound
                         : error == EACCES ? ErrorCode::kPermissionDenied
                                           : ErrorCode::kUnavailable;
  return Failed(code, command, std::generic_category().message(error));
}

class ProcessRunner final : public CommandRunner {
 public:
  ProcessRunner(asio::any_io_executor executor, base::Clock& clock)
      : executor_(std::move(executor)), clock_(clock) {}

  asio::awaitable<base::Result<CommandResult>> Run(Command command,
                                                   base::TimePoint deadline) override {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      co_return Failed(ErrorCode::kUnavailable, command, "no pipe can be made");
    asio::posix::stream_descriptor output(executor_, ends[0]);
    auto child = Spawn(command, ends[1]);
    ::close(ends[1]);
    if (!child) co_return std::unexpected(std::move(child).error());
    const std::string what = "run " + command.program;
    CommandResult result;
    VK_CO_TRY(text, co_await base::WithDeadline(clock_, deadline, what, ReadAll(output)));
    result.output = std::move(text);
    VK_CO_TRY(code, co_await base::WithDeadline(clock_, deadline, what, ExitOf(*child)));
    result.exit_code = code;
    co_return result;
  }

 private:
  static asio::awaitable<base::Result<std::string>> ReadAll(
      asio::posix::stream_descriptor& output) {
    std::string text;
    std::array<char, 4096> chunk;
    for (;;) {
      const auto [error, count] =
          co_await output.async_read_some(asio::buffer(chunk), asio::as_tuple(asio::use_awaitable));
      if (error == asio::error::eof) co_return text;
      if (error == asio::error::operation_aborted)
        co_return std::unexpected(base::Error(ErrorCode::kCancelled, "read output: cancelled"));
      if (error)
        co_return std::unexpected(
            base::Error(ErrorCode::kUnavailable, "read output: " + error.message()));
      text.append(chunk.data(), count);
      if (text.size() > kMaxOutput)
        co_return std::unexpected(
            base::Error(ErrorCode::kInternal, "read output: more than 1 MiB"));
    }
  }

  asio::awaitable<base::Result<int>> ExitOf(Child& child) {
    for (;;) {
      if (const auto code = child.Poll()) co_return *code;
      VK_CO_CHECK_OK(co_await clock_.SleepUntil(clock_.Now() + kExitPoll));
    }
  }

  asio::any_io_executor executor_;
  base::Clock& clock_;
};

}  // namespace

std::unique_ptr<CommandRunner> MakeProcessRunner(asio::any_io_executor executor,
                                                 base::Clock& clock) {
  return std::make_unique<ProcessRunner>(std::move(executor), clock);
}

}  // namespace vk::kube
