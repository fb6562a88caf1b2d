#include "tools/fake_eci/containerd/exec_helper.h"

#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>

namespace vk::fake {
namespace {

namespace fs = std::filesystem;

constexpr int kCannotStart = 126;
constexpr int kBySignal = 128;
constexpr int kKillRounds = 20;

// A process may vanish between the opening of its file and the reading, which an iterator would
// tell by throwing.
std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

int Number(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// proc(5), /proc/pid/stat: "pid (name) state parent group session ..."; a name may hold anything.
int SessionOf(const std::string& stat) {
  std::size_t at = stat.rfind(')');
  for (int field = 0; field < 4 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  return at == std::string::npos ? 0 : Number(std::string_view(stat).substr(at + 1));
}

bool IsZombie(const std::string& stat) {
  const std::size_t name = stat.rfind(')');
  return name != std::string::npos && stat.substr(name).starts_with(") Z");
}

// Again until none is new, as a process may fork while it is looked for.
void KillSession(pid_t session) {
  for (int round = 0; round < kKillRounds; ++round) {
    bool found = false;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator("/proc", failed)) {
      const pid_t pid = Number(entry.path().filename().string());
      if (pid <= 0) continue;
      const std::string stat = ReadFile(entry.path() / "stat");
      if (SessionOf(stat) != session || IsZombie(stat)) continue;
      found = true;
      ::kill(pid, SIGKILL);
    }
    if (!found) return;
  }
}

int ExitCode(int status) {
  return WIFSIGNALED(status) ? kBySignal + WTERMSIG(status) : WEXITSTATUS(status);
}

// Runc and what comes of it see the signals as a new program does.
pid_t Spawn(char** arguments, char** environment) {
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, arguments[0], nullptr, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  if (error == 0) return pid;
  std::fprintf(stderr, "run %s: %s\n", arguments[0], std::strerror(error));
  return -1;
}

}  // namespace

int RunExecHelper(int argc, char** argv, char** environment) {
  if (argc < 3) return kCannotStart;
  // The parent's connections would stay open with us.
  ::close_range(STDERR_FILENO + 1, ~0u, 0);
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGCHLD);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);

  const fs::path pid_file = argv[1];
  const pid_t runc = Spawn(argv + 2, environment);
  if (runc < 0) return kCannotStart;
  pid_t command = 0;
  bool ending = false;
  std::map<pid_t, int> ended;
  while (true) {
    ending = sigwaitinfo(&watched, nullptr) == SIGTERM || ending;
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) ended[pid] = status;
    if (command == 0 && ended.contains(runc)) {
      command = ExitCode(ended[runc]) == 0 ? Number(ReadFile(pid_file)) : 0;
      std::error_code ignored;
      fs::remove(pid_file, ignored);
      if (command == 0) return kCannotStart;
    }
    if (ending && command != 0) KillSession(command);
    if (ended.contains(command)) return ExitCode(ended[command]);
  }
}

}  // namespace vk::fake
