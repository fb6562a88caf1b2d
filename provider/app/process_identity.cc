#include "provider/app/process_identity.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

namespace vk::app {
namespace {

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "unknown-host";
}

// Field 22 of /proc/<pid>/stat, in clock ticks since the machine started; empty when there is no
// such process.
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

}  // namespace

std::string ProcessIdentity() {
  const std::string pid = std::to_string(getpid());
  return fmt::format("{}_{}_{}", HostName(), pid, StartTime(pid));
}

bool ProcessIsGone(std::string_view identity) {
  const std::size_t start = identity.rfind('_');
  if (start == std::string_view::npos || start == 0) return false;
  const std::size_t pid = identity.rfind('_', start - 1);
  if (pid == std::string_view::npos || identity.substr(0, pid) != HostName()) return false;
  const std::string_view began = identity.substr(start + 1);
  return !began.empty() &&
         StartTime(std::string(identity.substr(pid + 1, start - pid - 1))) != began;
}

}  // namespace vk::app
