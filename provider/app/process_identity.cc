#include "provider/app/process_identity.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace vk::app {
namespace {

constexpr char kBetween = '_';

struct Identity {
  std::string host;
  std::string pid;
  std::string start;
  std::string boot;
  std::string pid_namespace;
};

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "unknown-host";
}

// Field 22 of /proc/<pid>/stat, in clock ticks since the machine started; empty when it cannot be
// read, which does not prove that there is no such process (mount option hidepid).
std::string StartTime(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  if (!std::getline(file, line)) return {};
  // The second field is the command in brackets and may hold anything.
  const std::size_t end = line.rfind(')');
  if (end == std::string::npos) return {};
  std::istringstream fields(line.substr(end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  return field;
}

std::string BootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string line;
  std::getline(file, line);
  return line;
}

// "pid:[4026531836]": the same for two processes exactly when they see the same process ids. A
// namespace that has ended may give its number to another; its processes have ended, too.
std::string PidNamespace() {
  std::error_code unreadable;
  return std::filesystem::read_symlink("/proc/self/ns/pid", unreadable).string();
}

Identity Own() {
  const std::string pid = std::to_string(getpid());
  return {.host = HostName(),
          .pid = pid,
          .start = StartTime(pid),
          .boot = BootId(),
          .pid_namespace = PidNamespace()};
}

// A host name may hold the character between the parts; the others do not.
std::optional<Identity> Parse(std::string_view text) {
  std::array<std::string, 4> last;
  for (std::string& part : last) {
    const std::size_t at = text.rfind(kBetween);
    if (at == std::string_view::npos) return std::nullopt;
    part = text.substr(at + 1);
    text = text.substr(0, at);
  }
  return Identity{.host = std::string(text),
                  .pid = last[3],
                  .start = last[2],
                  .boot = last[1],
                  .pid_namespace = last[0]};
}

bool NobodyHas(const std::string& pid) {
  pid_t number = 0;
  const auto [end, error] = std::from_chars(pid.data(), pid.data() + pid.size(), number);
  if (error != std::errc() || end != pid.data() + pid.size() || number <= 0) return false;
  return kill(number, 0) != 0 && errno == ESRCH;
}

}  // namespace

std::string ProcessIdentity() {
  const Identity own = Own();
  return fmt::format("{}_{}_{}_{}_{}", own.host, own.pid, own.start, own.boot, own.pid_namespace);
}

bool ProcessIsGone(std::string_view identity) {
  const std::optional<Identity> named = Parse(identity);
  const Identity own = Own();
  const bool comparable = named && !named->host.empty() && !named->start.empty() &&
                          !own.boot.empty() && !own.pid_namespace.empty() &&
                          named->host == own.host && named->boot == own.boot &&
                          named->pid_namespace == own.pid_namespace;
  if (!comparable) return false;
  if (NobodyHas(named->pid)) return true;
  const std::string start = StartTime(named->pid);
  return !start.empty() && start != named->start;
}

}  // namespace vk::app
