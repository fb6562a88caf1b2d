#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tools/fake_eci/containerd/hosted_group.h"

namespace runtime::v1 {
class AuthConfig;
class ContainerConfig;
class PodSandboxConfig;
}  // namespace runtime::v1

namespace vk::fake {

// The annotation of a sandbox that holds its group's snapshot, in Base64.
inline constexpr std::string_view kSnapshotAnnotation = "fake-eci/group";

// A group as the sandbox that runs it: address, host name, name servers, sysctls, control group.
// Without name servers of its own, and unless its DnsPolicy is None, a group has the cloud's
// (`name_server`; empty: none). Pure.
runtime::v1::PodSandboxConfig SandboxConfigOf(const HostedGroup& group, const RuntimePaths& paths,
                                              const std::string& name_server);

// One container of it in its `attempt`-th life, as the kubelet would ask for it: the files of
// group_files.h mounted, limits from vCPU and GiB, the kubelet's masked paths. Pure.
// Source: pkg/kubelet/kuberuntime/kuberuntime_container.go.
runtime::v1::ContainerConfig ContainerConfigOf(const HostedGroup& group, std::size_t container,
                                               int attempt, const RuntimePaths& paths);

// What pulls `image`: of `pull_secrets` (as Group has them) the credential whose server is the
// image's; empty without one.
runtime::v1::AuthConfig PullSecretOf(const std::string& pull_secrets, const std::string& image);

}  // namespace vk::fake
