#include "tools/fake_eci/containerd/containerd_process.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/ip/network_v4.hpp>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "proto/cri/v1/runtime.pb.h"
#include "tools/fake_eci/containerd/command.h"
#include "tools/fake_eci/containerd/runtime_processes.h"

namespace vk::fake {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Status;

constexpr std::chrono::seconds kStartLimit{30};
constexpr std::chrono::milliseconds kStartPause{20};
constexpr std::chrono::seconds kEndLimit{10};
constexpr std::string_view kSystemPlugins = "/usr/lib/cni";

// restrict_oom_score_adj: root without CAP_SYS_RESOURCE may not lower a score, and runc dies of it.
constexpr std::string_view kConfiguration = R"toml(version = 2
root = "{images}"
state = "{run}/state"
oom_score = 0
[grpc]
  address = "{socket}"
[ttrpc]
  address = "{socket}.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
  path = "{images}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{sandbox_image}"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  netns_mounts_under_state_dir = true
  disable_apparmor = true
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{registries}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{network}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "{run}/runc"
)toml";

// Addresses are the cloud's own (cni_ipam.h); nothing is masqueraded, so that every side sees them.
constexpr std::string_view kNetwork = R"json({{
  "cniVersion": "1.0.0", "name": "fake-eci",
  "plugins": [
    {{"type": "bridge", "bridge": "{bridge}", "isGateway": true, "ipMasq": false, "hairpinMode": true,
     "ipam": {{"type": "fake-eci-ipam", "network": "{network}"}}}}
  ]
}}
)json";

// Images by such names are on nobody's registry.
constexpr std::string_view kOwnImages = "vk.test/";

Status Write(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return {};
  return std::unexpected(
      Error(ErrorCode::kInvalidArgument, fmt::format("write {}: cannot", path.string())));
}

Error Missing(std::string_view program, std::string_view package) {
  return {
      ErrorCode::kInvalidArgument,
      fmt::format("--runtime containerd needs {}; install Debian's package {}", program, package)};
}

// "172.30.0.0/16 dev eth1 ..." lines; a route of ours does not count.
Status CheckRoutes(const std::string& routes, const std::string& network,
                   const std::string& bridge) {
  boost::system::error_code failed;
  const auto wanted = boost::asio::ip::make_network_v4(network, failed);
  if (failed || wanted.prefix_length() != 16) {
    return std::unexpected(Error(
        ErrorCode::kInvalidArgument,
        fmt::format("--network \"{}\": use a network of 16 bits, such as 172.30.0.0/16", network)));
  }
  std::istringstream lines(routes);
  for (std::string line; std::getline(lines, line);) {
    const std::string destination = line.substr(0, line.find(' '));
    const auto route = boost::asio::ip::make_network_v4(
        destination.contains('/') ? destination : destination + "/32", failed);
    if (failed || line.contains(" dev " + bridge + " ")) continue;
    if (route == wanted || route.is_subnet_of(wanted) || wanted.is_subnet_of(route)) {
      return std::unexpected(Error(
          ErrorCode::kInvalidArgument,
          fmt::format("--network {} overlaps with this machine's route \"{}\"; choose another one",
                      network, line)));
    }
  }
  return {};
}

// Reads "unpacking vk.test/pause:1 (sha256:...)...done" and the like.
std::vector<std::string> ImportedNames(const std::string& output) {
  constexpr std::string_view kBefore = "unpacking ";
  std::vector<std::string> names;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kBefore)) continue;
    line.erase(0, kBefore.size());
    names.push_back(line.substr(0, line.find(" (")));
  }
  return names;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> Iptables(std::string_view action, const std::vector<std::string>& rule) {
  std::vector<std::string> words{"iptables", "-w", std::string(action)};
  words.insert(words.end(), rule.begin(), rule.end());
  return words;
}

boost::asio::awaitable<void> EndProcess(int pid, base::Clock& clock) {
  const base::TimePoint begin = clock.Now();
  for (const auto& [signal, limit] : {std::pair(SIGTERM, kEndLimit), {SIGKILL, 2 * kEndLimit}}) {
    ::kill(pid, signal);
    while (!HasEnded(pid) && clock.Now() < begin + limit) {
      if (!co_await clock.SleepUntil(clock.Now() + kStartPause)) break;
    }
    if (HasEnded(pid)) co_return;
  }
}

// True when containerd answers by `limit`.
boost::asio::awaitable<Status> Answers(CriClient& cri, base::Clock& clock, base::TimePoint limit) {
  while (true) {
    auto version = co_await cri.Version({}, limit);
    if (version) co_return Status();
    if (version.error().code == ErrorCode::kCancelled || clock.Now() >= limit) {
      co_return std::unexpected(std::move(version).error());
    }
    (void)co_await clock.SleepUntil(clock.Now() + kStartPause);
  }
}

}  // namespace

Status ContainerdProcess::CheckMachine() const {
  if (::geteuid() != 0) {
    return std::unexpected(Error(ErrorCode::kInvalidArgument,
                                 "--runtime containerd needs root; --runtime simulated does not"));
  }
  for (const auto& [program, package] : {std::pair("containerd", "containerd"),
                                         {"runc", "runc"},
                                         {"ctr", "containerd"},
                                         {"ip", "iproute2"},
                                         {"iptables", "iptables"}}) {
    if (!RunCommand({program, program == std::string_view("ip") ? "-V" : "--version"})) {
      return std::unexpected(Missing(program, package));
    }
  }
  if (!fs::exists(fs::path(kSystemPlugins) / "bridge")) {
    return std::unexpected(Missing("the CNI plugin bridge", "containernetworking-plugins"));
  }
  VK_TRY(routes, RunCommand({"ip", "-4", "route"}));
  return CheckRoutes(routes, options_.network, paths_.bridge());
}

std::string ContainerdProcess::Configuration() const {
  return fmt::format(kConfiguration, fmt::arg("images", paths_.images().string()),
                     fmt::arg("run", paths_.run.string()),
                     fmt::arg("socket", paths_.socket().string()),
                     fmt::arg("sandbox_image", options_.sandbox_image),
                     fmt::arg("registries", paths_.registries().string()),
                     fmt::arg("plugins", paths_.plugins().string()),
                     fmt::arg("network", paths_.network().string()));
}

Status ContainerdProcess::WriteConfiguration() const {
  std::error_code failed;
  for (const fs::path& folder :
       {paths_.images(), paths_.network(), paths_.plugins(), paths_.groups(), paths_.shares(),
        paths_.registries(), paths_.run}) {
    fs::create_directories(folder, failed);
    if (failed) {
      return std::unexpected(
          Error(ErrorCode::kInvalidArgument,
                fmt::format("--runtime-dir: make {}: {}", folder.string(), failed.message())));
    }
  }
  for (const char* plugin : {"bridge", "loopback"}) {
    fs::remove(paths_.plugins() / plugin, failed);
    fs::create_symlink(fs::path(kSystemPlugins) / plugin, paths_.plugins() / plugin, failed);
  }
  fs::remove(paths_.plugins() / "fake-eci-ipam", failed);
  fs::create_symlink(fs::read_symlink("/proc/self/exe"), paths_.plugins() / "fake-eci-ipam",
                     failed);
  VK_CHECK_OK(Write(paths_.config(), Configuration()));
  VK_CHECK_OK(Write(paths_.network() / "10-fake-eci.conflist",
                    fmt::format(kNetwork, fmt::arg("bridge", paths_.bridge()),
                                fmt::arg("network", options_.network))));
  if (options_.registry.empty()) return {};
  fs::create_directories(paths_.registries() / "_default", failed);
  return Write(
      paths_.registries() / "_default" / "hosts.toml",
      fmt::format("[host.\"{}\"]\n  capabilities = [\"pull\", \"resolve\"]\n", options_.registry));
}

// Where forwarding is off or forbidden by default, groups would reach nobody but each other.
Status ContainerdProcess::OpenNetwork() {
  VK_CHECK_OK(Write("/proc/sys/net/ipv4/ip_forward", "1"));
  for (const char* side : {"-s", "-d"}) {
    const std::vector<std::string> rule{"FORWARD", side,        options_.network,
                                        "-j",      "ACCEPT",    "-m",
                                        "comment", "--comment", paths_.bridge()};
    if (RunCommand(Iptables("-C", rule))) continue;
    VK_CHECK_OK(RunCommand(Iptables("-A", rule)));
    made_rules_.push_back(rule);
  }
  return {};
}

Status ContainerdProcess::ImportArchives() {
  own_images_ = {options_.sandbox_image};
  for (const std::string& archive : options_.archives) {
    const auto imported = RunCommand({"ctr", "--address", paths_.socket().string(), "--namespace",
                                      "k8s.io", "images", "import", archive});
    if (imported) {
      for (std::string& name : ImportedNames(*imported)) own_images_.push_back(std::move(name));
      continue;
    }
    return std::unexpected(
        Error(ErrorCode::kInvalidArgument,
              fmt::format("--image-archive {}: {}", archive, imported.error().message)));
  }
  return {};
}

boost::asio::awaitable<Status> ContainerdProcess::Run(base::Clock& clock) {
  const bool same = ReadFile(paths_.config()) == Configuration();
  if (Status written = WriteConfiguration(); !written) co_return written;
  for (const int pid : RunningContainerds(paths_)) {
    if (same) co_return Status();
    co_await EndProcess(pid, clock);
  }
  VK_CO_TRY(pid, StartDaemon({"containerd", "--config", paths_.config().string()},
                             paths_.log().string()));
  started_ = pid;
  co_return Status();
}

boost::asio::awaitable<void> ContainerdProcess::Undo(base::Clock& clock) {
  for (const auto& rule : std::exchange(made_rules_, {})) (void)RunCommand(Iptables("-D", rule));
  if (const auto pid = std::exchange(started_, std::nullopt)) co_await EndProcess(*pid, clock);
}

boost::asio::awaitable<Status> ContainerdProcess::Start(CriClient& cri, base::Clock& clock) {
  if (Status able = CheckMachine(); !able) co_return able;
  VK_CO_TRY(folder, RuntimeFolder::Take(paths_, std::chrono::milliseconds(0)));
  folder_ = std::move(folder);
  if (folder_->is_new()) RemoveTraces(paths_);
  if (Status runs = co_await Run(clock); !runs) co_return runs;
  if (Status answers = co_await Answers(cri, clock, clock.Now() + kStartLimit); !answers) {
    co_return std::unexpected(Error(ErrorCode::kUnavailable,
                                    fmt::format("containerd does not answer ({}); its log is {}",
                                                answers.error().message, paths_.log().string())));
  }
  if (Status opened = OpenNetwork(); !opened) co_return opened;
  if (Status imported = ImportArchives(); !imported) co_return imported;
  co_return co_await CheckSandboxImage(cri, clock);
}

boost::asio::awaitable<Status> ContainerdProcess::CheckSandboxImage(CriClient& cri,
                                                                    base::Clock& clock) const {
  const std::string& image = options_.sandbox_image;
  if (!options_.registry.empty() || !image.starts_with(kOwnImages)) co_return Status();
  runtime::v1::ImageStatusRequest request;
  request.mutable_image()->set_image(image);
  const auto status = co_await cri.ImageStatus(std::move(request), clock.Now() + kCriCallLimit);
  if (!status || status->has_image()) co_return Status();
  co_return std::unexpected(
      Error(ErrorCode::kInvalidArgument,
            fmt::format("no group can run without the image {}: give --registry with it in, or "
                        "--image-archive; tools/fake_eci/README.md tells how",
                        image)));
}

}  // namespace vk::fake
