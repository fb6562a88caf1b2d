#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/group/validation.h"
#include "tools/fake_eci/engine/parameter_checks.h"

namespace vk::fake {
namespace {

using eci::v1::CreateContainerGroupRequest;

base::Status CheckEnvironment(const std::string& at, const auto& container, const Limits& limits) {
  if (container.environment_var_size() > limits.environment_vars) {
    return std::unexpected(
        CloudError("InvalidParameter.LengthExceeded",
                   fmt::format("{}.EnvironmentVar has {} entries; at most {} are allowed.", at,
                               container.environment_var_size(), limits.environment_vars)));
  }
  for (const eci::v1::EnvironmentVar& entry : container.environment_var()) {
    const std::string& key = entry.key();
    const bool letters = std::ranges::all_of(key, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!letters || key.empty() || key.size() > 128 || (key[0] >= '0' && key[0] <= '9')) {
      return std::unexpected(InvalidParameter(
          at + ".EnvironmentVar.Key", fmt::format("\"{}\" must be 1 to 128 of A-Z, a-z, 0-9 and _, "
                                                  "without a digit at its beginning",
                                                  key)));
    }
    if (entry.value().size() > limits.environment_value) {
      return std::unexpected(
          CloudError("InvalidParameter.LengthExceeded",
                     fmt::format("The value of {} in {} has {} bytes; at most {} are allowed.", key,
                                 at, entry.value().size(), limits.environment_value)));
    }
    const std::string& path = entry.field_ref().field_path();
    if (entry.has_field_ref() && path != "status.podIP") {
      return std::unexpected(
          InvalidParameter(at + ".EnvironmentVar.FieldRef.FieldPath",
                           fmt::format("\"{}\" is not open; only status.podIP is", path)));
    }
  }
  return {};
}

base::Status CheckCount(const std::string& parameter, int count, int most) {
  if (count <= most) return {};
  return std::unexpected(
      CloudError("InvalidParameter.ValueExceeded",
                 fmt::format("{} has {} items; at most {} are allowed.", parameter, count, most)));
}

base::Status CheckMounts(const std::string& at, const auto& container,
                         const std::set<std::string>& volumes) {
  for (const eci::v1::VolumeMount& mount : container.volume_mount()) {
    if (mount.mount_path().empty()) {
      return std::unexpected(MissingParameter(at + ".VolumeMount.MountPath"));
    }
    if (!volumes.contains(mount.name())) {
      return std::unexpected(InvalidParameter(
          at + ".VolumeMount.Name", fmt::format("there is no volume \"{}\"", mount.name())));
    }
    VK_CHECK_OK(CheckOneOf(at + ".VolumeMount.MountPropagation", mount.has_mount_propagation(),
                           mount.mount_propagation(), "None HostToContainer Bidirectional"));
  }
  return {};
}

base::Status CheckPorts(const std::string& at, const auto& container) {
  for (const eci::v1::ContainerPort& port : container.port()) {
    VK_CHECK_OK(CheckRange(at + ".Port.Port", true, port.port(), 1, 65535));
    VK_CHECK_OK(CheckOneOf(at + ".Port.Protocol", port.has_protocol(), port.protocol(), "TCP UDP"));
  }
  return {};
}

base::Status CheckProbe(const std::string& at, bool present, const eci::v1::Probe& probe) {
  if (!present) return {};
  const int handlers = (probe.has_exec() ? 1 : 0) + (probe.has_http_get() ? 1 : 0) +
                       (probe.has_tcp_socket() ? 1 : 0);
  if (handlers != 1) {
    return std::unexpected(InvalidParameter(at, "exactly one of Exec, HttpGet and TcpSocket"));
  }
  if (probe.has_http_get()) {
    VK_CHECK_OK(CheckRange(at + ".HttpGet.Port", true, probe.http_get().port(), 1, 65535));
  }
  if (probe.has_tcp_socket()) {
    VK_CHECK_OK(CheckRange(at + ".TcpSocket.Port", true, probe.tcp_socket().port(), 1, 65535));
  }
  return {};
}

base::Status CheckContainer(const std::string& at, const auto& container,
                            const std::set<std::string>& volumes, const Limits& limits) {
  if (container.name().empty()) return std::unexpected(MissingParameter(at + ".Name"));
  if (container.image().empty()) return std::unexpected(MissingParameter(at + ".Image"));
  if (container.image().size() > 255) {
    return std::unexpected(InvalidParameter(at + ".Image", "it has more than 255 characters"));
  }
  VK_CHECK_OK(CheckOneOf(at + ".ImagePullPolicy", container.has_image_pull_policy(),
                         container.image_pull_policy(), "Always IfNotPresent Never"));
  VK_CHECK_OK(CheckCount(at + ".Command", container.command_size(), limits.list_items));
  VK_CHECK_OK(CheckCount(at + ".Arg", container.arg_size(), limits.arguments));
  VK_CHECK_OK(CheckCount(at + ".VolumeMount", container.volume_mount_size(), limits.list_items));
  VK_CHECK_OK(CheckEnvironment(at, container, limits));
  VK_CHECK_OK(CheckPorts(at, container));
  return CheckMounts(at, container, volumes);
}

}  // namespace

base::Status ValidateContainers(const CreateContainerGroupRequest& request, const Limits& limits) {
  VK_CHECK_OK(CheckCount("Container", request.container_size() + request.init_container_size(),
                         limits.containers));
  std::set<std::string> volumes;
  for (const eci::v1::Volume& volume : request.volume()) volumes.insert(volume.name());

  std::set<std::string> names;
  const auto is_new = [&](const std::string& name) -> base::Status {
    if (names.insert(name).second) return {};
    return std::unexpected(CloudError("InvalidParameter.DuplicatedName", name));
  };
  for (int i = 0; i < request.init_container_size(); ++i) {
    const auto& container = request.init_container(i);
    VK_CHECK_OK(CheckContainer(fmt::format("InitContainer.{}", i + 1), container, volumes, limits));
    VK_CHECK_OK(is_new(container.name()));
  }
  for (int i = 0; i < request.container_size(); ++i) {
    const auto& container = request.container(i);
    const std::string at = fmt::format("Container.{}", i + 1);
    VK_CHECK_OK(CheckContainer(at, container, volumes, limits));
    VK_CHECK_OK(is_new(container.name()));
    VK_CHECK_OK(CheckProbe(at + ".LivenessProbe", container.has_liveness_probe(),
                           container.liveness_probe()));
    VK_CHECK_OK(CheckProbe(at + ".ReadinessProbe", container.has_readiness_probe(),
                           container.readiness_probe()));
  }
  return {};
}

}  // namespace vk::fake
