#include "tools/fake_eci/containerd/usage_reader.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

namespace vk::fake {
namespace {

namespace fs = std::filesystem;

// A control group may vanish between the opening of its file and the reading, which an iterator
// would tell by throwing.
std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::int64_t Number(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::int64_t ReadNumber(const fs::path& path) { return Number(ReadFile(path)); }

// Reads lines "name number".
std::map<std::string, std::int64_t> ReadTable(const fs::path& path) {
  std::map<std::string, std::int64_t> table;
  std::istringstream lines(ReadFile(path));
  std::string name;
  std::int64_t value = 0;
  while (lines >> name >> value) table[name] = value;
  return table;
}

// "8:0" as the kernel calls the disk, such as "sda".
std::string DeviceName(const std::string& number) {
  std::error_code none;
  const fs::path link = fs::read_symlink(fs::path("/sys/dev/block") / number, none);
  return none ? number : link.filename().string();
}

// Lines "8:0 Read 4096" of one file.
void AddThrottled(const fs::path& path, std::int64_t DiskUsage::* read,
                  std::int64_t DiskUsage::* written, std::map<std::string, DiskUsage>* disks) {
  std::istringstream lines(ReadFile(path));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device;
    std::string what;
    std::int64_t value = 0;
    if (!(words >> device >> what >> value)) continue;
    if (what == "Read") (*disks)[device].*read += value;
    if (what == "Write") (*disks)[device].*written += value;
  }
}

// Lines "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 ...".
void AddUnified(const fs::path& path, std::map<std::string, DiskUsage>* disks) {
  static const std::map<std::string_view, std::int64_t DiskUsage::*> kFields = {
      {"rbytes", &DiskUsage::read_bytes},
      {"wbytes", &DiskUsage::written_bytes},
      {"rios", &DiskUsage::read_operations},
      {"wios", &DiskUsage::write_operations}};
  std::istringstream lines(ReadFile(path));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device;
    words >> device;
    for (std::string word; words >> word;) {
      const std::size_t equals = std::min(word.find('='), word.size() - 1);
      const auto field = kFields.find(std::string_view(word).substr(0, equals));
      if (field == kFields.end()) continue;
      (*disks)[device].*(field->second) = Number(std::string_view(word).substr(equals + 1));
    }
  }
}

// proc(5), /proc/pid/net/dev: eight numbers of what came, then eight of what went.
NetworkUsage ParseInterface(std::string_view name, const std::string& numbers) {
  NetworkUsage usage{.name = std::string(name), .received = {}, .sent = {}};
  std::istringstream words(numbers);
  std::int64_t ignored = 0;
  for (NetworkUsage::Direction* way : {&usage.received, &usage.sent}) {
    words >> way->bytes >> way->packets >> way->errors >> way->drops;
    for (int i = 0; i < 4; ++i) words >> ignored;
  }
  return usage;
}

}  // namespace

UsageReader::UsageReader(fs::path cgroups, fs::path processes)
    : cgroups_(std::move(cgroups)),
      processes_(std::move(processes)),
      unified_(fs::exists(cgroups_ / "cgroup.controllers")) {}

fs::path UsageReader::Tree(std::string_view controller, const std::string& path) const {
  const fs::path below = fs::path(path).relative_path();
  return unified_ ? cgroups_ / below : cgroups_ / controller / below;
}

ResourceUsage UsageReader::Resources(const std::string& path) const {
  ResourceUsage usage;
  const fs::path memory = Tree("memory", path);
  auto table = ReadTable(memory / "memory.stat");
  std::int64_t inactive = 0;
  if (unified_) {
    usage.cpu_nanoseconds = ReadTable(Tree("", path) / "cpu.stat")["usage_usec"] * 1000;
    usage.memory = ReadNumber(memory / "memory.current");
    usage.rss = table["anon"];
    usage.cache = table["file"];
    inactive = table["inactive_file"];
  } else {
    usage.cpu_nanoseconds = ReadNumber(Tree("cpuacct", path) / "cpuacct.usage");
    usage.memory = ReadNumber(memory / "memory.usage_in_bytes");
    usage.rss = table["total_rss"];
    usage.cache = table["total_cache"];
    inactive = table["total_inactive_file"];
  }
  usage.working_set = std::max<std::int64_t>(0, usage.memory - inactive);
  return usage;
}

std::vector<DiskUsage> UsageReader::Disks(const std::string& path) const {
  std::map<std::string, DiskUsage> by_number;
  const fs::path tree = Tree("blkio", path);
  if (unified_) {
    AddUnified(tree / "io.stat", &by_number);
  } else {
    AddThrottled(tree / "blkio.throttle.io_service_bytes_recursive", &DiskUsage::read_bytes,
                 &DiskUsage::written_bytes, &by_number);
    AddThrottled(tree / "blkio.throttle.io_serviced_recursive", &DiskUsage::read_operations,
                 &DiskUsage::write_operations, &by_number);
  }
  std::vector<DiskUsage> disks;
  for (auto& [number, disk] : by_number) {
    disk.device = DeviceName(number);
    disks.push_back(std::move(disk));
  }
  return disks;
}

std::string UsageReader::ProcessIn(const std::string& path) const {
  std::string pid;
  std::error_code failed;
  for (fs::directory_iterator below(Tree("memory", path), failed);
       !failed && below != fs::directory_iterator(); below.increment(failed)) {
    pid = FirstProcess(below->path());
    if (!pid.empty()) break;
  }
  return pid;
}

std::string UsageReader::FirstProcess(const fs::path& group) const {
  const std::string pids = ReadFile(group / "cgroup.procs");
  return pids.substr(0, pids.find('\n'));
}

// proc(5), /proc/pid/mountinfo: the mount point is the fifth word, the options of the file system
// are the last one.
fs::path UsageReader::WritableLayer(const std::string& path) const {
  constexpr std::string_view kUpper = "upperdir=";
  const std::string pid = FirstProcess(Tree("memory", path));
  if (pid.empty()) return {};
  std::istringstream lines(ReadFile(processes_ / pid / "mountinfo"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string point;
    for (int i = 0; i < 5; ++i) words >> point;
    if (point != "/") continue;
    std::istringstream options(line.substr(line.rfind(' ') + 1));
    for (std::string option; std::getline(options, option, ',');) {
      if (option.starts_with(kUpper)) return option.substr(kUpper.size());
    }
  }
  return {};
}

std::vector<NetworkUsage> UsageReader::Interfaces(const std::string& path) const {
  const std::string pid = ProcessIn(path);
  std::vector<NetworkUsage> interfaces;
  std::istringstream lines(ReadFile(processes_ / pid / "net" / "dev"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    const std::size_t begin = line.find_first_not_of(' ');
    if (pid.empty() || colon == std::string::npos) continue;
    const auto name = std::string_view(line).substr(begin, colon - begin);
    if (name != "lo") interfaces.push_back(ParseInterface(name, line.substr(colon + 1)));
  }
  return interfaces;
}

std::vector<FilesystemUsage> RootFilesystem(const fs::path& folder) {
  struct statvfs found{};
  if (::statvfs(folder.c_str(), &found) != 0) return {};
  const auto bytes = [&](fsblkcnt_t blocks) {
    return static_cast<std::int64_t>(blocks * found.f_frsize);
  };
  return {{.name = "/",
           .capacity = bytes(found.f_blocks),
           .available = bytes(found.f_bavail),
           .used = bytes(found.f_blocks - found.f_bfree)}};
}

}  // namespace vk::fake
