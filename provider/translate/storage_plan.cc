#include "provider/translate/storage_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "provider/translate/claims.h"
#include "provider/translate/storage.h"

namespace vk::translate {
namespace {

using eci::v1::CreateContainerGroupRequest;
using Zones = std::set<std::string>;

// A volume of the pod with the storage behind it.
struct Mounted {
  std::string name;
  std::string path;
  Storage storage;
  std::vector<std::string> zones;
};

// What a kubelet does to a volume's files: pkg/volume/volume_linux.go, SetVolumeOwnership. It goes
// on with the files only when the top of the volume is not the group's yet, if the policy says so.
constexpr std::string_view kPermissionsScript =
    R"sh(set -e
group=$1 who=$2 policy=$3
shift 3
for volume in "$@"; do
  if [ "$policy" = OnRootMismatch ] &&
    [ -n "$(find "$volume" -maxdepth 0 -group "$group" -perm -2070)" ]; then
    continue
  fi
  chgrp -hR "$group" "$volume"
  find "$volume" -type d -exec chmod "$who+rwx,g+s" {} +
  find "$volume" ! -type d ! -type l -exec chmod "$who+rw" {} +
done)sh";
constexpr std::string_view kDiskDriver = "alicloud/disk";
constexpr std::string_view kPermissionsFolder = "/volumes/";

Planned<std::vector<Mounted>> FindStorage(const Translation& translation) {
  std::vector<Mounted> all;
  const auto& volumes = translation.pod.spec().volumes();
  for (int i = 0; i < volumes.size(); ++i) {
    if (!IsStorage(volumes[i])) continue;
    VK_TRY(source,
           SourceOf(volumes[i], At("spec.volumes", i), translation.pod, translation.inputs));
    VK_TRY(storage, MakeStorage(volumes[i].name(), source, translation.weakened));
    all.push_back({volumes[i].name(), source.path, std::move(storage), std::move(source.zones)});
  }
  return all;
}

template <class Container>
void MakeReadOnly(const std::string& volume, Container& container) {
  for (auto& mount : *container.mutable_volume_mount()) {
    if (mount.name() == volume) mount.set_read_only(true);
  }
}

void WriteReadOnly(const std::vector<Mounted>& all, CreateContainerGroupRequest* request) {
  for (const Mounted& each : all) {
    if (!each.storage.read_only) continue;
    for (auto& init : *request->mutable_init_container()) MakeReadOnly(each.name, init);
    for (auto& container : *request->mutable_container()) MakeReadOnly(each.name, container);
  }
}

// The zones from which all of them are reached; nothing when that is every zone.
Planned<std::optional<Zones>> CommonZones(const std::vector<Mounted>& all) {
  std::optional<Zones> common;
  for (const Mounted& each : all) {
    if (each.zones.empty()) continue;
    Zones zones(each.zones.begin(), each.zones.end());
    if (common) std::erase_if(zones, [&](const auto& zone) { return !common->contains(zone); });
    if (zones.empty()) {
      return std::unexpected(
          Invalid(each.path, fmt::format("the volume is in zone {}, others of the pod are in {}; a "
                                         "container group is in one zone",
                                         fmt::join(each.zones, ", "), fmt::join(*common, ", "))));
    }
    common = std::move(zones);
  }
  return common;
}

// A vSwitch whose zone the node was not told is kept: the cloud knows it.
Planned<void> WriteZone(const std::vector<Mounted>& all, const NodeFacts& node,
                        CreateContainerGroupRequest* request) {
  VK_TRY(zones, CommonZones(all));
  if (!zones) return {};
  std::vector<std::string> reach;
  std::vector<std::string> elsewhere;
  for (const std::string& v_switch : SplitList(request->v_switch_id())) {
    const auto zone = node.v_switch_zones.find(v_switch);
    if (zone == node.v_switch_zones.end() || zones->contains(zone->second)) {
      reach.push_back(v_switch);
    } else {
      elsewhere.push_back(fmt::format("{} in {}", v_switch, zone->second));
    }
  }
  if (reach.empty() && !elsewhere.empty()) {
    return std::unexpected(Invalid(
        "spec.volumes", fmt::format("the pod's volumes are in zone {}, but the group's "
                                    "vSwitches are {}; give the node a vSwitch of that "
                                    "zone, or run the pod on a node that has one",
                                    fmt::join(*zones, " or "), fmt::join(elsewhere, ", "))));
  }
  request->set_v_switch_id(fmt::format("{}", fmt::join(reach, ",")));
  if (zones->size() == 1) request->set_zone_id(*zones->begin());
  return {};
}

bool Mounts(const core::Container& container, const std::string& volume) {
  return std::ranges::any_of(container.volumemounts(),
                             [&](const auto& mount) { return mount.name() == volume; });
}

// Whether a container that mounts the volume may run as somebody who is neither root nor of the
// group: the cloud has no supplementary groups.
bool OthersMount(const std::string& volume, const core::PodSpec& spec) {
  const core::PodSecurityContext& pod = spec.securitycontext();
  const auto stranger = [&](const core::Container& container) {
    const core::SecurityContext& own = container.securitycontext();
    const bool root =
        own.has_runasuser() ? own.runasuser() == 0 : pod.has_runasuser() && pod.runasuser() == 0;
    const std::int64_t group = own.has_runasgroup() ? own.runasgroup() : pod.runasgroup();
    return Mounts(container, volume) && !root && group != pod.fsgroup();
  };
  return std::ranges::any_of(spec.containers(), stranger) ||
         std::ranges::any_of(spec.initcontainers(), stranger);
}

void WritePermissions(const std::vector<std::string>& disks, const Translation& translation,
                      CreateContainerGroupRequest* request) {
  const core::PodSpec& spec = translation.pod.spec();
  const core::PodSecurityContext& security = spec.securitycontext();
  const bool others =
      std::ranges::any_of(disks, [&](const auto& disk) { return OthersMount(disk, spec); });
  eci::v1::InitContainer first;
  first.set_name(std::string(kPermissionsContainer));
  first.set_image(translation.node.volume_permissions_image);
  first.set_image_pull_policy("IfNotPresent");
  first.mutable_security_context()->set_run_as_user(0);
  for (const std::string_view word : {"/bin/sh", "-c"}) first.add_command(std::string(word));
  first.add_arg(std::string(kPermissionsScript));
  first.add_arg(std::string(kPermissionsContainer));
  first.add_arg(std::to_string(security.fsgroup()));
  first.add_arg(others ? "go" : "g");
  first.add_arg(security.fsgroupchangepolicy());
  for (const std::string& disk : disks) {
    const std::string path = std::string(kPermissionsFolder) + disk;
    first.add_arg(path);
    auto& mount = *first.add_volume_mount();
    mount.set_name(disk);
    mount.set_mount_path(path);
  }
  request->mutable_init_container()->Add(std::move(first));
  for (int i = request->init_container_size() - 1; i > 0; --i) {
    request->mutable_init_container()->SwapElements(i, i - 1);
  }
  if (!others) return;
  translation.weakened.push_back(
      {.path = "spec.securityContext.fsGroup",
       .treatment = Treatment::kWeakened,
       .value = std::to_string(security.fsgroup()),
       .why =
           fmt::format("the cloud has no supplementary groups, so that every user of the pod may "
                       "read and write the files of volume {}; a runAsGroup equal to it keeps "
                       "them to the group",
                       fmt::join(disks, ", "))});
}

Planned<void> GiveDisksToGroup(const std::vector<Mounted>& all, const Translation& translation,
                               CreateContainerGroupRequest* request) {
  if (!translation.pod.spec().securitycontext().has_fsgroup()) return {};
  std::vector<std::string> disks;
  for (const Mounted& each : all) {
    if (each.storage.disk && !each.storage.read_only) disks.push_back(each.name);
  }
  for (const core::Volume& volume : translation.pod.spec().volumes()) {
    const core::FlexVolumeSource& flex = volume.volumesource().flexvolume();
    if (flex.driver() == kDiskDriver && !flex.readonly()) disks.push_back(volume.name());
  }
  if (disks.empty()) return {};
  if (translation.node.volume_permissions_image.empty()) {
    return std::unexpected(Unsupported({fmt::format(
        "spec.securityContext.fsGroup on the disk of volume {} unless it is started with "
        "--volume-permissions-image (an image with sh, chgrp, chmod and find, for an init "
        "container that gives the disk to the group)",
        fmt::join(disks, ", "))}));
  }
  WritePermissions(disks, translation, request);
  return {};
}

}  // namespace

Planned<void> WriteStorageVolumes(const Translation& translation,
                                  CreateContainerGroupRequest* request) {
  VK_TRY(all, FindStorage(translation));
  for (Mounted& each : all) *request->add_volume() = std::move(each.storage.volume);
  WriteReadOnly(all, request);
  VK_CHECK_OK(WriteZone(all, translation.node, request));
  return GiveDisksToGroup(all, translation, request);
}

}  // namespace vk::translate
