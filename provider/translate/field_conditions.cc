#include "provider/translate/field_conditions.h"

#include <algorithm>
#include <optional>
#include <ranges>

#include "provider/translate/host_paths.h"
#include "provider/translate/security.h"
#include "provider/translate/sidecars.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;
using google::protobuf::FieldDescriptor;

// Source: ECI, "Limits": ports that an instance uses itself.
constexpr std::int32_t kSandboxPorts[] = {111, 998, 10250, 10255};
constexpr std::string_view kDiskDriver = "alicloud/disk";

template <class M>
const M& As(const FieldContext& context) {
  return static_cast<const M&>(*context.message);
}

// Files of the cluster are written by nobody.
bool IsWritableKind(const core::VolumeSource& source) {
  return !source.has_configmap() && !source.has_secret() && !source.has_downwardapi() &&
         !source.has_projected();
}

const core::VolumeMount* MountOf(const core::Container& container, const std::string& volume) {
  const auto found = std::ranges::find(container.volumemounts(), volume,
                                       [](const auto& mount) { return mount.name(); });
  return found == container.volumemounts().end() ? nullptr : &*found;
}

bool ShareWritableVolume(const core::Container& a, const core::Container& b,
                         const core::PodSpec& spec) {
  return std::ranges::any_of(spec.volumes(), [&](const core::Volume& volume) {
    const core::VolumeMount* const of_a = MountOf(a, volume.name());
    const core::VolumeMount* const of_b = MountOf(b, volume.name());
    return of_a != nullptr && of_b != nullptr && !(of_a->readonly() && of_b->readonly()) &&
           IsWritableKind(volume.volumesource());
  });
}

// Whether files of the init container are read or written under another user id, for which their
// group counts.
bool GroupMatters(const core::Container& init, const core::PodSpec& spec) {
  const auto user = UserOf(init, spec);
  const auto other_user = [&](const core::Container& other) {
    return &other != &init && ShareWritableVolume(init, other, spec) &&
           (!user || UserOf(other, spec) != user);
  };
  return std::ranges::any_of(spec.initcontainers(), other_user) ||
         std::ranges::any_of(spec.containers(), other_user);
}

bool ReadsHostIp(const core::Container& container) {
  return std::ranges::any_of(container.env(), [](const core::EnvVar& entry) {
    const std::string& path = entry.valuefrom().fieldref().fieldpath();
    return path == "status.hostIP" || path == "status.hostIPs";
  });
}

bool HasContent(const core::VolumeSource& source) {
  return source.has_nfs() || source.has_flexvolume() || source.has_persistentvolumeclaim() ||
         source.has_csi() || source.has_ephemeral();
}

template <const char* kText>
bool IsText(const FieldContext& context) {
  return ScalarText(*context.message, *context.field) == kText;
}
constexpr char kRuntimeDefault[] = "RuntimeDefault";
constexpr char kUnconfined[] = "Unconfined";

bool UserIsNotRoot(const FieldContext& context) {
  return context.container != nullptr &&
         UserOf(*context.container, context.pod.spec()).value_or(0) > 0;
}

bool UserIsUnknown(const FieldContext& context) {
  return context.container != nullptr && !UserOf(*context.container, context.pod.spec());
}

bool RuntimeClassIsListed(const FieldContext& context) {
  return std::ranges::find(context.node.runtime_classes, context.pod.spec().runtimeclassname()) !=
         context.node.runtime_classes.end();
}

bool GraceIsThePods(const FieldContext& context) {
  constexpr std::int64_t kDefaultGrace = 30;
  const core::PodSpec& spec = context.pod.spec();
  return As<core::Probe>(context).terminationgraceperiodseconds() ==
         (spec.has_terminationgraceperiodseconds() ? spec.terminationgraceperiodseconds()
                                                   : kDefaultGrace);
}

bool RestartPolicyIsThePods(const FieldContext& context) {
  const std::string& pods = context.pod.spec().restartpolicy();
  // For init containers Always is no restart policy but makes a sidecar of them.
  return !context.is_init &&
         ScalarText(*context.message, *context.field) == (pods.empty() ? "Always" : pods);
}

bool PortIsTheContainers(const FieldContext& context) {
  const auto& port = As<core::ContainerPort>(context);
  const core::PodSpec& spec = context.pod.spec();
  return port.hostport() == port.containerport() &&
         std::ranges::none_of(spec.containers(), ReadsHostIp) &&
         std::ranges::none_of(spec.initcontainers(), ReadsHostIp);
}

bool WithoutHostPort(const FieldContext& context) {
  return As<core::ContainerPort>(context).hostport() == 0;
}

bool SandboxUsesPort(const FieldContext& context) {
  return std::ranges::find(kSandboxPorts, As<core::ContainerPort>(context).containerport()) !=
         std::end(kSandboxPorts);
}

bool IsSidecarAround(const FieldContext& context) {
  return context.is_init && context.container != nullptr && IsSidecar(*context.container);
}

bool IsOrdinaryInit(const FieldContext& context) { return !IsSidecarAround(context); }

bool SidecarRestarts(const FieldContext& context) {
  const std::string& pods = context.pod.spec().restartpolicy();
  return IsSidecarAround(context) && (pods.empty() || pods == "Always");
}

// Asks about the init container around the field, or, in the pod's own context, those that have no
// group of their own.
bool GroupOfInitMatters(const FieldContext& context) {
  const core::PodSpec& spec = context.pod.spec();
  if (context.container != nullptr) return GroupMatters(*context.container, spec);
  return std::ranges::any_of(spec.initcontainers(), [&](const core::Container& init) {
    return !IsSidecar(init) && !init.securitycontext().has_runasgroup() && GroupMatters(init, spec);
  });
}

bool HasInitWithoutGroup(const FieldContext& context) {
  return std::ranges::any_of(context.pod.spec().initcontainers(), [](const auto& init) {
    return !IsSidecar(init) && !init.securitycontext().has_runasgroup();
  });
}

bool HasInitWithoutUser(const FieldContext& context) {
  const core::PodSpec& spec = context.pod.spec();
  return std::ranges::any_of(spec.initcontainers(), [&](const core::Container& init) {
    return !IsSidecar(init) && !init.securitycontext().has_runasnonroot() && !UserOf(init, spec);
  });
}

bool GroupsOpenStorage(const FieldContext& context) {
  const core::PodSpec& spec = context.pod.spec();
  return std::ranges::any_of(spec.securitycontext().supplementalgroups(),
                             [](std::int64_t group) { return group != 0; }) &&
         std::ranges::any_of(spec.volumes(), [](const core::Volume& volume) {
           return HasContent(volume.volumesource());
         });
}

bool HasWritableDisk(const FieldContext& context) {
  const core::PodSpec& spec = context.pod.spec();
  if (!context.node.volume_permissions_image.empty()) return false;
  return std::ranges::any_of(spec.volumes(), [&](const core::Volume& volume) {
    const core::FlexVolumeSource& disk = volume.volumesource().flexvolume();
    const auto writes = [&](const core::Container& container) {
      const core::VolumeMount* const mount = MountOf(container, volume.name());
      return mount != nullptr && !mount->readonly();
    };
    return disk.driver() == kDiskDriver && !disk.readonly() &&
           (std::ranges::any_of(spec.containers(), writes) ||
            std::ranges::any_of(spec.initcontainers(), writes));
  });
}

bool StartupDiffers(const FieldContext& context) {
  const auto& container = As<core::Container>(context);
  return container.has_readinessprobe() &&
         container.readinessprobe().handler().SerializeAsString() !=
             container.startupprobe().handler().SerializeAsString();
}

template <HostPathUse kUse>
bool IsUsedAs(const FieldContext& context) {
  return context.volume != nullptr &&
         UseOfHostPath(*context.volume, context.pod.spec(), context.node) == kUse;
}

}  // namespace

std::string ScalarText(const google::protobuf::Message& message, const FieldDescriptor& field) {
  if (field.is_repeated()) return {};
  const auto* reflection = message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(reflection->GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(reflection->GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->GetString(message, &field);
    default:
      return {};
  }
}

namespace condition {

const FieldCondition kIsRuntimeDefault{IsText<kRuntimeDefault>, "RuntimeDefault"};
const FieldCondition kIsUnconfined{IsText<kUnconfined>, "Unconfined"};
const FieldCondition kUserIsNotRoot{UserIsNotRoot, "runAsUser is over 0"};
const FieldCondition kRuntimeClassIsListed{RuntimeClassIsListed, "`--runtime-classes` names it"};
const FieldCondition kGraceIsThePods{GraceIsThePods, "the same as the pod's"};
const FieldCondition kRestartPolicyIsThePods{RestartPolicyIsThePods, "the same as the pod's"};
const FieldCondition kPortIsTheContainers{
    PortIsTheContainers, "equal to containerPort, and no container reads status.hostIP"};
const FieldCondition kWithoutHostPort{WithoutHostPort, "without hostPort"};
const FieldCondition kSandboxUsesPort{SandboxUsesPort, "111, 998, 10250 or 10255"};
const FieldCondition kIsSidecar{IsSidecarAround, "a sidecar's"};
const FieldCondition kSidecarRestarts{SidecarRestarts,
                                      "Always, in a pod with restartPolicy Always"};
const FieldCondition kIsOrdinaryInit{IsOrdinaryInit, "no sidecar's"};
const FieldCondition kGroupOfInitMatters{
    GroupOfInitMatters,
    "an init container it holds for shares a writable volume with a container of another or of an "
    "unknown user id"};
const FieldCondition kHasInitWithoutGroup{HasInitWithoutGroup, "it holds for an init container"};
const FieldCondition kHasInitWithoutUser{HasInitWithoutUser,
                                         "it holds for an init container without runAsUser"};
const FieldCondition kUserIsUnknown{UserIsUnknown, "without runAsUser"};
const FieldCondition kGroupsOpenStorage{
    GroupsOpenStorage, "a group other than 0, with a volume that has files of its own"};
const FieldCondition kHasWritableDisk{
    HasWritableDisk, "with a writable cloud disk, unless `--volume-permissions-image` is set"};
const FieldCondition kStartupDiffers{StartupDiffers,
                                     "with a readinessProbe that asks something else"};
const FieldCondition kIsTimeZoneFile{IsUsedAs<HostPathUse::kTimeZone>,
                                     "/etc/localtime, /etc/timezone, /usr/share/zoneinfo"};
const FieldCondition kIsSharedMemory{IsUsedAs<HostPathUse::kSharedMemory>, "/dev/shm"};
const FieldCondition kIsScratchFolder{
    IsUsedAs<HostPathUse::kScratch>,
    "/tmp, /var/tmp, /var/log or under them, mounted for writing, type DirectoryOrCreate or none"};
const FieldCondition kIsReplacedFolder{IsUsedAs<HostPathUse::kReplaced>,
                                       "at or under a `--replace-host-path`"};

}  // namespace condition
}  // namespace vk::translate
