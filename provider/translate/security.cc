#include "provider/translate/security.h"

#include <fmt/format.h>

#include <algorithm>

#include "provider/translate/sidecars.h"

namespace vk::translate {
namespace {

constexpr std::string_view kSafe[] = {"net.ipv4.ip_unprivileged_port_start",
                                      "net.ipv4.ping_group_range"};
constexpr std::string_view kUnsafe[] = {"kernel.sem", "vm.min_free_kbytes"};
constexpr std::string_view kUnsafePrefixes[] = {"fs.mqueue.", "kernel.msg", "kernel.shm", "net."};
constexpr std::string_view kRefused[] = {"kernel.shm_rmid_forced", "net.ipv4.tcp_syncookies"};

template <class Names>
bool Contains(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != std::ranges::end(names);
}

bool IsUnsafe(std::string_view name) {
  if (Contains(kRefused, name)) return false;
  return Contains(kUnsafe, name) ||
         std::ranges::any_of(kUnsafePrefixes,
                             [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// What both kinds of containers have.
void WriteShared(const core::Container& container, const core::PodSpec& spec,
                 eci::v1::ContainerSecurityContext* out) {
  const core::SecurityContext& own = container.securitycontext();
  for (const std::string& capability : own.capabilities().add()) {
    out->mutable_capability()->add_add(capability);
  }
  if (own.readonlyrootfilesystem()) out->set_read_only_root_filesystem(true);
  if (const auto user = UserOf(container, spec)) out->set_run_as_user(*user);
}

bool MustNotBeRoot(const core::Container& container, const core::PodSpec& spec) {
  const core::SecurityContext& own = container.securitycontext();
  return own.has_runasnonroot() ? own.runasnonroot() : spec.securitycontext().runasnonroot();
}

template <class Target>
void WriteContext(const core::Container& container, const core::PodSpec& spec, Target* out) {
  eci::v1::ContainerSecurityContext context;
  WriteShared(container, spec, &context);
  if (context.ByteSizeLong() > 0) *out->mutable_security_context() = std::move(context);
}

}  // namespace

std::optional<std::int64_t> UserOf(const core::Container& container, const core::PodSpec& spec) {
  const core::SecurityContext& own = container.securitycontext();
  const core::PodSecurityContext& pod = spec.securitycontext();
  if (own.has_runasuser()) return own.runasuser();
  if (pod.has_runasuser()) return pod.runasuser();
  return std::nullopt;
}

std::optional<std::int64_t> GroupOf(const core::Container& container, const core::PodSpec& spec) {
  const core::SecurityContext& own = container.securitycontext();
  const core::PodSecurityContext& pod = spec.securitycontext();
  if (own.has_runasgroup()) return own.runasgroup();
  if (pod.has_runasgroup()) return pod.runasgroup();
  return std::nullopt;
}

std::optional<NotNow> RootRefused(const core::Pod& pod) {
  const core::PodSpec& spec = pod.spec();
  const auto breaks_rule = [&](const core::Container& init) {
    return !IsSidecar(init) && UserOf(init, spec) == 0 && MustNotBeRoot(init, spec);
  };
  const auto found = std::ranges::find_if(spec.initcontainers(), breaks_rule);
  if (found == spec.initcontainers().end()) return std::nullopt;
  const auto at = static_cast<int>(found - spec.initcontainers().begin());
  return NotNow{NotNow::Kind::kInvalid,
                {.reason = "CreateContainerConfigError",
                 .message = fmt::format("{}: container's runAsUser breaks non-root policy "
                                        "(container: {}); give it a runAsUser over 0, or set its "
                                        "runAsNonRoot to false",
                                        At("spec.initContainers", at), found->name())},
                {}};
}

void WriteSecurity(const core::Container& container, const core::PodSpec& spec,
                   eci::v1::InitContainer* out) {
  WriteContext(container, spec, out);
}

void WriteSecurity(const core::Container& container, const core::PodSpec& spec,
                   eci::v1::Container* out) {
  WriteContext(container, spec, out);
  const core::SecurityContext& own = container.securitycontext();
  if (own.privileged()) out->set_security_context_privileged(true);
  if (const auto group = GroupOf(container, spec)) out->set_security_context_run_as_group(*group);
  if (MustNotBeRoot(container, spec)) out->set_security_context_run_as_non_root(true);
}

Planned<void> WriteSysctls(const core::PodSpec& spec,
                           eci::v1::CreateContainerGroupRequest* request) {
  const auto& sysctls = spec.securitycontext().sysctls();
  for (int i = 0; i < sysctls.size(); ++i) {
    const bool safe = Contains(kSafe, sysctls[i].name());
    if (!safe && !IsUnsafe(sysctls[i].name())) {
      return std::unexpected(Unsupported(
          {fmt::format("{} ({})", At("spec.securityContext.sysctls", i), sysctls[i].name())}));
    }
    eci::v1::NameValue& sysctl = safe ? *request->mutable_security_context()->add_sysctl()
                                      : *request->mutable_host_security_context()->add_sysctl();
    sysctl.set_name(sysctls[i].name());
    sysctl.set_value(sysctls[i].value());
  }
  return {};
}

}  // namespace vk::translate
