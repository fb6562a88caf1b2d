#include "provider/translate/containers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/result.h"
#include "provider/translate/env.h"
#include "provider/translate/host_paths.h"
#include "provider/translate/probes.h"
#include "provider/translate/security.h"
#include "provider/translate/shell_script.h"
#include "provider/translate/sidecars.h"

namespace vk::translate {
namespace {

constexpr std::int64_t kMostGpus = 16;  // No ECS type has more.

using Words = google::protobuf::RepeatedPtrField<std::string>;
using Controls = std::vector<std::pair<std::string, std::string>>;

// `script`: which of the words a shell reads as a script, -1 for none.
Planned<void> WriteWords(const Words& words, const std::string& path, int script,
                         Environment& environment, Words* out) {
  for (int i = 0; i < words.size(); ++i) {
    VK_TRY(word, i == script ? environment.ExpandScript(words[i], At(path, i))
                             : environment.Expand(words[i], At(path, i)));
    *out->Add() = std::move(word);
  }
  return {};
}

const core::Volume* FindVolume(const core::PodSpec& spec, const std::string& name) {
  const auto found = std::ranges::find(spec.volumes(), name,
                                       [](const auto& candidate) { return candidate.name(); });
  return found == spec.volumes().end() ? nullptr : &*found;
}

// As the kubelet has it, nobody writes to files that the cluster keeps.
bool IsReadOnly(const core::VolumeSource& source) {
  return source.has_configmap() || source.has_secret() || source.has_downwardapi() ||
         source.has_projected() || source.flexvolume().readonly();
}

template <class Target>
Planned<void> WriteMounts(const core::Container& container, const std::string& path,
                          const Translation& translation, Environment& environment, Target* out) {
  const core::PodSpec& spec = translation.pod.spec();
  for (int i = 0; i < container.volumemounts_size(); ++i) {
    const core::VolumeMount& mount = container.volumemounts(i);
    const std::string mount_path = At(path + ".volumeMounts", i);
    const core::Volume* const volume = FindVolume(spec, mount.name());
    if (volume != nullptr && IsLeftOut(*volume, spec, translation.node)) continue;
    VK_TRY(sub_path, environment.Expand(mount.subpathexpr(), mount_path + ".subPathExpr", true));
    if (sub_path.empty()) sub_path = mount.subpath();
    eci::v1::VolumeMount& to = *out->add_volume_mount();
    to.set_name(mount.name());
    to.set_mount_path(mount.mountpath());
    if (!sub_path.empty()) to.set_sub_path(std::move(sub_path));
    const bool kept = volume != nullptr && IsReadOnly(volume->volumesource());
    if (mount.readonly() || kept) to.set_read_only(true);
    if (!mount.mountpropagation().empty()) to.set_mount_propagation(mount.mountpropagation());
  }
  return {};
}

template <class Target>
void WritePorts(const core::Container& container, Target* out) {
  for (const core::ContainerPort& port : container.ports()) {
    eci::v1::ContainerPort& to = *out->add_port();
    to.set_port(port.containerport());
    to.set_protocol(port.protocol().empty() ? "TCP" : port.protocol());
  }
}

// Requests only count for the size of the group: a container without a limit may use all of it.
template <class Target>
Planned<void> WriteResources(const core::ResourceRequirements& resources, const std::string& path,
                             Target* out) {
  const Size limit{MilliLimit(resources, "cpu"), MilliLimit(resources, "memory") / 1000};
  if (limit.milli_cpu > 0) out->set_cpu(VCpu(limit));
  if (limit.memory > 0) out->set_memory(GiB(limit));
  const std::int64_t gpus = MilliAmount(resources, "nvidia.com/gpu") / 1000;
  if (gpus > kMostGpus) {
    return std::unexpected(
        TooLarge(fmt::format("{}.resources.limits[nvidia.com/gpu]: {} GPUs, no ECS type has more "
                             "than {}",
                             path, gpus, kMostGpus)));
  }
  if (gpus > 0) out->set_gpu(static_cast<std::int32_t>(gpus));
  return {};
}

// What containers and init containers share.
template <class Target>
Planned<void> Write(const core::Container& container, const std::string& path,
                    const Translation& translation, const Controls& controls, Target* out) {
  VK_TRY(environment, Environment::Resolve(container, path, translation));
  out->set_name(container.name());
  out->set_image(container.image());
  if (!container.imagepullpolicy().empty()) {
    out->set_image_pull_policy(container.imagepullpolicy());
  }
  if (!container.workingdir().empty()) out->set_working_dir(container.workingdir());
  if (!container.terminationmessagepath().empty()) {
    out->set_termination_message_path(container.terminationmessagepath());
  }
  if (!container.terminationmessagepolicy().empty()) {
    out->set_termination_message_policy(container.terminationmessagepolicy());
  }
  VK_CHECK_OK(WriteResources(container.resources(), path, out));
  WritePorts(container, out);
  WriteSecurity(container, translation.pod.spec(), out);
  const int script = FindScript({container.command().begin(), container.command().end()},
                                {container.args().begin(), container.args().end()});
  VK_CHECK_OK(WriteWords(container.command(), path + ".command", script, environment,
                         out->mutable_command()));
  VK_CHECK_OK(WriteWords(container.args(), path + ".args", script - container.command_size(),
                         environment, out->mutable_arg()));
  VK_CHECK_OK(WriteMounts(container, path, translation, environment, out));
  for (const auto& [name, value] : controls) environment.AddControl(name, value);
  return environment.Write(path, translation.notices, out->mutable_environment_var());
}

Planned<eci::v1::Container> MakeWith(const Controls& controls, const core::Container& container,
                                     const std::string& path, const Translation& translation) {
  eci::v1::Container out;
  VK_CHECK_OK(Write(container, path, translation, controls, &out));
  VK_CHECK_OK(WriteProbes(container, path, &out));
  VK_CHECK_OK(WriteLifecycle(container, path, &out));
  if (container.stdin()) out.set_stdin(true);
  if (container.stdinonce()) out.set_stdin_once(true);
  if (container.tty()) out.set_tty(true);
  return out;
}

}  // namespace

Planned<eci::v1::Container> MakeContainer(const core::Container& container, const std::string& path,
                                          const Translation& translation) {
  return MakeWith({}, container, path, translation);
}

Planned<eci::v1::Container> MakeSidecar(int index, const Translation& translation) {
  const core::PodSpec& spec = translation.pod.spec();
  return MakeWith(SidecarControls(spec, index), spec.initcontainers(index),
                  At("spec.initContainers", index), translation);
}

Planned<eci::v1::InitContainer> MakeInitContainer(const core::Container& container,
                                                  const std::string& path,
                                                  const Translation& translation) {
  eci::v1::InitContainer out;
  VK_CHECK_OK(Write(container, path, translation, {}, &out));
  return out;
}

}  // namespace vk::translate
