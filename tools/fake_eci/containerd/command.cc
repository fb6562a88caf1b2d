#include "tools/fake_eci/containerd/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace vk::fake {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kShownOutput = 400;

// A proxy variable would reroute the runtime's pulls.
char kPath[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
char* const kEnvironment[] = {kPath, nullptr};

std::vector<char*> Pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

Error CannotStart(const std::string& program, int error) {
  return {error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInternal,
          fmt::format("run {}: {}", program, std::strerror(error))};
}

// Owns the actions of one posix_spawn.
class SpawnActions {
 public:
  SpawnActions() { posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::string ReadAll(int fd) {
  std::string output;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count > 0) output.append(buffer.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return output;
  }
}

}  // namespace

base::Result<std::string> RunCommand(const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return std::unexpected(CannotStart(arguments[0], errno));
  SpawnActions actions;
  posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(actions.get(), ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(actions.get(), ends[1], STDERR_FILENO);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, arguments[0].c_str(), actions.get(), nullptr,
                                 Pointers(arguments).data(), kEnvironment);
  ::close(ends[1]);
  std::string output = error == 0 ? ReadAll(ends[0]) : "";
  ::close(ends[0]);
  if (error != 0) return std::unexpected(CannotStart(arguments[0], error));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  if (output.size() > kShownOutput) output.erase(0, output.size() - kShownOutput);
  return std::unexpected(
      Error(ErrorCode::kInternal, fmt::format("run {}: {}", fmt::join(arguments, " "), output)));
}

base::Result<int> StartDaemon(const std::vector<std::string>& arguments, const std::string& log) {
  SpawnActions actions;
  posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(actions.get(), STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(actions.get(), STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, arguments[0].c_str(), actions.get(), &attributes,
                                 Pointers(arguments).data(), kEnvironment);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return std::unexpected(CannotStart(arguments[0], error));
  return pid;
}

bool HasEnded(int pid) {
  int status = 0;
  const pid_t reaped = ::waitpid(pid, &status, WNOHANG);
  return reaped == pid || (reaped < 0 && ::kill(pid, 0) != 0 && errno == ESRCH);
}

base::Result<int> StartSelf(const std::vector<std::string>& arguments,
                            const std::array<int, 3>& files) {
  SpawnActions actions;
  for (int i = 0; i < 3; ++i) {
    posix_spawn_file_actions_adddup2(actions.get(), files[static_cast<std::size_t>(i)], i);
  }
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &ours);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, "/proc/self/exe", actions.get(), &attributes,
                                Pointers(arguments).data(), kEnvironment);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return std::unexpected(CannotStart(arguments[0], error));
  return pid;
}

}  // namespace vk::fake
