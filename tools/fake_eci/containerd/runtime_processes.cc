#include "tools/fake_eci/containerd/runtime_processes.h"

#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace vk::fake {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<int> Number(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Processes of programs whose names begin with `name` and that have one of `words` as an argument.
std::set<int> Named(std::string_view name, const std::vector<std::string>& words) {
  std::set<int> pids;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator("/proc", failed)) {
    const auto pid = Number(entry.path().filename());
    if (!pid || !ReadFile(entry.path() / "comm").starts_with(name)) continue;
    const std::string command = ReadFile(entry.path() / "cmdline");
    for (const std::string& word : words) {
      if (command.contains('\0' + word + '\0')) pids.insert(*pid);
    }
  }
  return pids;
}

}  // namespace

std::vector<fs::path> ControlGroups(const RuntimePaths& paths) {
  std::vector<fs::path> found;
  std::error_code failed;
  const std::string name = paths.cgroup().substr(1);
  const fs::path top = "/sys/fs/cgroup";
  if (fs::exists(top / name, failed)) found.push_back(top / name);
  for (const auto& entry : fs::directory_iterator(top, failed)) {
    if (fs::exists(entry.path() / name, failed)) found.push_back(entry.path() / name);
  }
  return found;
}

std::set<int> RunningContainerds(const RuntimePaths& paths) {
  return Named("containerd\n", {paths.config().string()});
}

std::set<int> RuntimeProcesses(const RuntimePaths& paths) {
  std::set<int> pids = Named("containerd", {paths.socket().string(), paths.config().string()});
  std::error_code failed;
  for (const fs::path& group : ControlGroups(paths)) {
    for (const auto& entry : fs::recursive_directory_iterator(group, failed)) {
      if (entry.path().filename() != "cgroup.procs") continue;
      std::ifstream members(entry.path());
      for (int pid = 0; members >> pid;) pids.insert(pid);
    }
  }
  return pids;
}

}  // namespace vk::fake
