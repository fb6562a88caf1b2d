#include "tools/fake_eci/containerd/sandbox_config.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/proto_json/base64.h"
#include "proto/cri/v1/runtime.pb.h"
#include "proto/eci/v1/container_group.pb.h"

namespace vk::fake {
namespace {

namespace cri = runtime::v1;

constexpr std::size_t kLongestHostName = 63;
constexpr std::int64_t kCpuPeriod = 100'000;
constexpr double kSharesPerCpu = 1024;
constexpr double kBytesPerGib = 1024.0 * 1024 * 1024;
constexpr std::string_view kTerminationLog = "/dev/termination-log";

// Sources: pkg/securitycontext/util.go.
constexpr std::string_view kMaskedPaths[] = {
    "/proc/asound",      "/proc/acpi",          "/proc/interrupts", "/proc/kcore",
    "/proc/keys",        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi",          "/sys/firmware"};
constexpr std::string_view kReadOnlyPaths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                               "/proc/sysrq-trigger"};

std::string HostNameOf(const std::string& wanted, const std::string& group_name) {
  std::string name = (wanted.empty() ? group_name : wanted).substr(0, kLongestHostName);
  while (name.ends_with('-') || name.ends_with('.')) name.pop_back();
  return name;
}

void WriteDns(const eci::v1::CreateContainerGroupRequest& spec, const std::string& name_server,
              cri::DNSConfig* dns) {
  *dns->mutable_servers() = spec.dns_config().name_server();
  const bool clouds = dns->servers().empty() && spec.dns_policy() != "None";
  if (clouds && !name_server.empty()) dns->add_servers(name_server);
  *dns->mutable_searches() = spec.dns_config().search();
  for (const auto& option : spec.dns_config().option()) {
    dns->add_options(option.value().empty() ? option.name() : option.name() + ":" + option.value());
  }
}

void WriteNamespaces(const eci::v1::CreateContainerGroupRequest& spec,
                     cri::NamespaceOption* options) {
  options->set_pid(spec.share_process_namespace() ? cri::POD : cri::CONTAINER);
}

void AddMount(std::string_view container_path, const std::filesystem::path& host_path,
              bool read_only, cri::ContainerConfig* config) {
  cri::Mount* mount = config->add_mounts();
  mount->set_container_path(std::string(container_path));
  mount->set_host_path(host_path.string());
  mount->set_readonly(read_only);
}

cri::MountPropagation PropagationOf(const std::string& name) {
  if (name == "HostToContainer") return cri::PROPAGATION_HOST_TO_CONTAINER;
  return name == "Bidirectional" ? cri::PROPAGATION_BIDIRECTIONAL : cri::PROPAGATION_PRIVATE;
}

// Whether the share itself is, whatever a mount of it says.
bool IsReadOnly(const eci::v1::CreateContainerGroupRequest& spec, std::string_view volume) {
  return std::ranges::any_of(spec.volume(), [&](const auto& each) {
    return each.name() == volume && each.nfs_volume().read_only();
  });
}

void WriteMounts(const eci::v1::CreateContainerGroupRequest& spec,
                 const eci::v1::Container& container, const GroupFolders& folders, int attempt,
                 cri::ContainerConfig* config) {
  bool own_hosts = false;
  for (const auto& mount : container.volume_mount()) {
    const auto volume = folders.volume(mount.name());
    AddMount(mount.mount_path(), mount.sub_path().empty() ? volume : volume / mount.sub_path(),
             mount.read_only() || IsReadOnly(spec, mount.name()), config);
    config->mutable_mounts()->rbegin()->set_propagation(PropagationOf(mount.mount_propagation()));
    own_hosts |= mount.mount_path() == "/etc/hosts";
  }
  if (!own_hosts) AddMount("/etc/hosts", folders.hosts(), false, config);
  AddMount(container.termination_message_path().empty()
               ? kTerminationLog
               : std::string_view(container.termination_message_path()),
           folders.termination(container.name(), attempt), false, config);
}

void WriteLimits(const eci::v1::Container& container, cri::LinuxContainerResources* resources) {
  if (container.cpu() > 0) {
    resources->set_cpu_period(kCpuPeriod);
    resources->set_cpu_quota(std::llround(container.cpu() * static_cast<double>(kCpuPeriod)));
    resources->set_cpu_shares(std::max(2LL, std::llround(container.cpu() * kSharesPerCpu)));
  }
  if (container.memory() > 0) {
    resources->set_memory_limit_in_bytes(std::llround(container.memory() * kBytesPerGib));
  }
}

void WriteSecurity(const eci::v1::CreateContainerGroupRequest& spec,
                   const eci::v1::Container& container,
                   cri::LinuxContainerSecurityContext* security) {
  WriteNamespaces(spec, security->mutable_namespace_options());
  const auto& wanted = container.security_context();
  for (const std::string& capability : wanted.capability().add()) {
    security->mutable_capabilities()->add_add_capabilities(capability);
  }
  if (wanted.has_run_as_user()) security->mutable_run_as_user()->set_value(wanted.run_as_user());
  // CRI takes a group only together with a user.
  if (container.has_security_context_run_as_group() && wanted.has_run_as_user()) {
    security->mutable_run_as_group()->set_value(container.security_context_run_as_group());
  }
  security->set_readonly_rootfs(wanted.read_only_root_filesystem());
  security->set_privileged(container.security_context_privileged());
  security->mutable_seccomp()->set_profile_type(cri::SecurityProfile::Unconfined);
  if (security->privileged()) return;
  for (const auto path : kMaskedPaths) security->add_masked_paths(std::string(path));
  for (const auto path : kReadOnlyPaths) security->add_readonly_paths(std::string(path));
}

// Docker's own name stands for its registry in credentials, and images without a host are its.
std::string_view RegistryOf(std::string_view image) {
  const std::string_view first = image.substr(0, image.find('/'));
  const bool is_host = first.size() < image.size() &&
                       (first.contains('.') || first.contains(':') || first == "localhost");
  return is_host ? first : "docker.io";
}

}  // namespace

cri::PodSandboxConfig SandboxConfigOf(const HostedGroup& group, const RuntimePaths& paths,
                                      const std::string& name_server) {
  const auto spec = group.ParseSpec();
  cri::PodSandboxConfig config;
  config.mutable_metadata()->set_name(group.name);
  config.mutable_metadata()->set_uid(group.id);
  config.mutable_metadata()->set_namespace_(group.address);
  (*config.mutable_annotations())[std::string(kSnapshotAnnotation)] =
      base::Base64Encode(group.snapshot);
  config.set_hostname(HostNameOf(spec.host_name(), group.name));
  config.set_log_directory(GroupFolders(paths, group.id).logs().string());
  WriteDns(spec, name_server, config.mutable_dns_config());
  auto* linux = config.mutable_linux();
  linux->set_cgroup_parent(paths.cgroup() + "/" + group.id);
  WriteNamespaces(spec, linux->mutable_security_context()->mutable_namespace_options());
  linux->mutable_security_context()->mutable_seccomp()->set_profile_type(
      cri::SecurityProfile::Unconfined);
  // CRI refuses such a container in a sandbox that is not.
  linux->mutable_security_context()->set_privileged(std::ranges::any_of(
      spec.container(), [](const auto& one) { return one.security_context_privileged(); }));
  for (const auto* context : {&spec.security_context(), &spec.host_security_context()}) {
    for (const auto& sysctl : context->sysctl()) {
      (*linux->mutable_sysctls())[sysctl.name()] = sysctl.value();
    }
  }
  return config;
}

cri::ContainerConfig ContainerConfigOf(const HostedGroup& group, std::size_t index, int attempt,
                                       const RuntimePaths& paths) {
  const auto spec = group.ParseSpec();
  const auto container = ContainerOf(spec, index);
  cri::ContainerConfig config;
  config.mutable_metadata()->set_name(container.name());
  config.mutable_metadata()->set_attempt(static_cast<std::uint32_t>(attempt));
  config.mutable_image()->set_image(container.image());
  *config.mutable_command() = container.command();
  *config.mutable_args() = container.arg();
  config.set_working_dir(container.working_dir());
  for (const auto& variable : container.environment_var()) {
    cri::KeyValue* entry = config.add_envs();
    entry->set_key(variable.key());
    entry->set_value(variable.has_field_ref() ? group.address : variable.value());
  }
  config.set_log_path(container.name() + "/" + std::to_string(attempt) + ".log");
  config.set_stdin(container.stdin());
  config.set_stdin_once(container.stdin_once());
  config.set_tty(container.tty());
  WriteMounts(spec, container, GroupFolders(paths, group.id), attempt, &config);
  WriteLimits(container, config.mutable_linux()->mutable_resources());
  WriteSecurity(spec, container, config.mutable_linux()->mutable_security_context());
  return config;
}

cri::AuthConfig PullSecretOf(const std::string& pull_secrets, const std::string& image) {
  cri::AuthConfig auth;
  const std::string_view registry = RegistryOf(image);
  eci::v1::CreateContainerGroupRequest secrets;
  secrets.ParseFromString(pull_secrets);
  for (const auto& credential : secrets.image_registry_credential()) {
    std::string_view server = credential.server();
    if (server == "index.docker.io") server = "docker.io";
    if (server != registry) continue;
    auth.set_username(credential.user_name());
    auth.set_password(credential.password());
    return auth;
  }
  return auth;
}

}  // namespace vk::fake
