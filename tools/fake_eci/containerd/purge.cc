// Purge: everything a runtime leaves on the machine, found by its paths alone.

#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "tools/fake_eci/containerd/command.h"
#include "tools/fake_eci/containerd/containerd_process.h"
#include "tools/fake_eci/containerd/runtime_folder.h"
#include "tools/fake_eci/containerd/runtime_processes.h"

namespace vk::fake {
namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 100;
// One that was killed has the lock until it is gone.
constexpr std::chrono::seconds kPatience{5};

// Mount points below `folder`, the innermost first.
std::vector<std::string> MountsBelow(const fs::path& folder) {
  std::vector<std::string> mounts;
  std::ifstream table("/proc/self/mounts");
  const std::string prefix = folder.string() + "/";
  for (std::string device, point, rest; table >> device >> point && std::getline(table, rest);) {
    if (point.starts_with(prefix)) mounts.push_back(point);
  }
  std::ranges::reverse(mounts);
  return mounts;
}

void KillAll(const RuntimePaths& paths) {
  for (int round = 0; round < kRounds; ++round) {
    const std::set<int> pids = RuntimeProcesses(paths);
    if (pids.empty()) return;
    for (const int pid : pids) ::kill(pid, SIGKILL);
    (void)RunCommand({"sleep", "0.05"});
  }
}

void RemoveRules(const RuntimePaths& paths) {
  const auto rules = RunCommand({"iptables", "-w", "-S", "FORWARD"});
  if (!rules) return;
  std::istringstream lines(*rules);
  for (std::string line; std::getline(lines, line);) {
    if (!line.contains(paths.bridge())) continue;
    std::istringstream words(line);
    std::vector<std::string> command{"iptables", "-w", "-D"};
    for (std::string word; words >> word;) {
      if (word != "-A")
        command.push_back(word == '"' + paths.bridge() + '"' ? paths.bridge() : word);
    }
    (void)RunCommand(command);
  }
}

void RemoveControlGroups(const RuntimePaths& paths) {
  std::error_code failed;
  for (const fs::path& group : ControlGroups(paths)) {
    std::vector<fs::path> folders{group};
    for (const auto& entry : fs::recursive_directory_iterator(group, failed)) {
      if (entry.is_directory(failed)) folders.push_back(entry.path());
    }
    std::ranges::sort(folders, std::greater(), [](const fs::path& p) { return p.string().size(); });
    for (const fs::path& folder : folders) fs::remove(folder, failed);
  }
}

// With the mark last: what is left of it can be purged again.
void RemoveFolder(const RuntimePaths& paths, const fs::path& folder, std::error_code& failed) {
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path() == paths.mark()) continue;
    fs::remove_all(entry.path(), failed);
    if (failed) return;
  }
  fs::remove_all(folder, failed);
}

}  // namespace

void RemoveTraces(const RuntimePaths& paths) {
  KillAll(paths);
  for (const fs::path& folder : {paths.run, paths.root}) {
    for (const std::string& point : MountsBelow(folder)) {
      if (::umount2(point.c_str(), 0) != 0) (void)::umount2(point.c_str(), MNT_DETACH);
    }
  }
  (void)RunCommand({"ip", "link", "delete", paths.bridge()});
  RemoveRules(paths);
  RemoveControlGroups(paths);
}

base::Status Purge(const RuntimePaths& paths) {
  // Without the folder, there may be other traces of it.
  std::optional<RuntimeFolder> ours;
  if (fs::exists(paths.root)) {
    VK_TRY(taken, RuntimeFolder::Take(paths, kPatience));
    ours = std::move(taken);
  }
  RemoveTraces(paths);
  std::string left;
  for (const fs::path& each : {paths.run, paths.root}) {
    std::error_code failed;
    RemoveFolder(paths, each, failed);
    // Another purge may be at it.
    if (failed && failed != std::errc::no_such_file_or_directory)
      left += fmt::format(" {}: {}", each.string(), failed.message());
  }
  if (!RuntimeProcesses(paths).empty()) left += " processes that do not end";
  if (!ControlGroups(paths).empty()) left += " control groups " + paths.cgroup();
  if (left.empty()) return {};
  return std::unexpected(base::Error(base::ErrorCode::kInternal, "purge: not removed:" + left));
}

}  // namespace vk::fake
