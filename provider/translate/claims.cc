#include "provider/translate/claims.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace vk::translate {
namespace {

using Kind = ObjectReference::Kind;
using Claim = core::PersistentVolumeClaim;

constexpr std::string_view kZoneLabels[] = {"topology.diskplugin.csi.alibabacloud.com/zone",
                                            "topology.kubernetes.io/zone",
                                            "failure-domain.beta.kubernetes.io/zone"};

// What keeps one claim from being used, and what to watch for its end.
struct Obstacle {
  std::string problem;
  std::optional<ObjectReference> watch;
};

template <class Map, class Key>
auto Find(const Map& map, const Key& key) -> typename Map::mapped_type {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

bool IsControlledBy(const Claim& claim, const core::Pod& pod) {
  return std::ranges::any_of(claim.metadata().ownerreferences(), [&](const auto& owner) {
    return owner.controller() && owner.uid() == pod.metadata().uid();
  });
}

std::string ClaimProblem(const Claim& claim, const core::Volume& volume, const core::Pod& pod) {
  if (volume.volumesource().has_ephemeral() && !IsControlledBy(claim, pod)) {
    return "was not made for this pod; delete it, or rename the pod";
  }
  if (claim.metadata().has_deletiontimestamp()) return "is being deleted";
  if (claim.status().phase() == "Lost") return "has lost its PersistentVolume";
  const bool bound = claim.status().phase() == "Bound" && !claim.spec().volumename().empty();
  return bound ? "" : "is not bound to a PersistentVolume yet";
}

std::optional<Obstacle> ObstacleOf(const core::Volume& volume, const core::Pod& pod,
                                   const PodInputs& inputs) {
  const std::string name = ClaimNameOf(pod, volume);
  const ObjectReference reference{Kind::kClaim, name};
  const Claim* claim = Find(inputs.claims, name);
  if (claim == nullptr) {
    return Obstacle{fmt::format("persistentvolumeclaim \"{}\" not found", name), reference};
  }
  if (std::string problem = ClaimProblem(*claim, volume, pod); !problem.empty()) {
    return Obstacle{fmt::format("persistentvolumeclaim \"{}\" {}", name, problem), reference};
  }
  const std::string& volume_name = claim->spec().volumename();
  const core::PersistentVolume* bound = Find(inputs.volumes, volume_name);
  if (bound == nullptr) {
    return Obstacle{fmt::format("persistentvolume \"{}\" of persistentvolumeclaim \"{}\" not found",
                                volume_name, name),
                    ObjectReference{Kind::kVolume, volume_name}};
  }
  if (bound->spec().claimref().uid() != claim->metadata().uid()) {
    return Obstacle{fmt::format("persistentvolume \"{}\" is bound to another claim than "
                                "persistentvolumeclaim \"{}\"",
                                volume_name, name),
                    ObjectReference{Kind::kVolume, volume_name}};
  }
  const auto secret = VolumeSecretOf(*bound);
  if (!secret || inputs.volume_secrets.contains(*secret)) return std::nullopt;
  return Obstacle{fmt::format("secret \"{}\" of persistentvolume \"{}\" not found in namespace {}",
                              secret->name, volume_name, secret->ns),
                  std::nullopt};
}

// The zones of one term; no zone when it does not speak of any.
std::set<std::string> ZonesOf(const core::NodeSelectorTerm& term) {
  std::set<std::string> zones;
  for (const core::NodeSelectorRequirement& requirement : term.matchexpressions()) {
    const bool zone = std::ranges::find(kZoneLabels, requirement.key()) != std::end(kZoneLabels);
    if (zone && requirement.operator_() == "In") {
      zones.insert(requirement.values().begin(), requirement.values().end());
    }
  }
  return zones;
}

// Terms are alternatives: one without a zone allows all of them.
std::vector<std::string> ZonesOf(const core::PersistentVolume& volume) {
  std::set<std::string> zones;
  for (const auto& term : volume.spec().nodeaffinity().required().nodeselectorterms()) {
    const std::set<std::string> these = ZonesOf(term);
    if (these.empty()) return {};
    zones.insert(these.begin(), these.end());
  }
  return {zones.begin(), zones.end()};
}

// "rbd": the name of the one source that is set.
std::string NameOfSource(const core::PersistentVolumeSource& source) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  source.GetReflection()->ListFields(source, &fields);
  return fields.empty() ? "of an unknown kind" : std::string(fields.front()->name());
}

template <class Map>
std::map<std::string, std::string> Ordered(const Map& map) {
  return {map.begin(), map.end()};
}

void ReadCsi(const core::CSIPersistentVolumeSource& csi, StorageSource* source) {
  source->driver = csi.driver();
  source->handle = csi.volumehandle();
  source->fs_type = csi.fstype();
  source->attributes = Ordered(csi.volumeattributes());
  source->read_only = csi.readonly();
}

void ReadFlex(const core::FlexPersistentVolumeSource& flex, StorageSource* source) {
  source->driver = flex.driver();
  source->fs_type = flex.fstype();
  source->attributes = Ordered(flex.options());
  source->read_only = flex.readonly();
}

void ReadNfs(const core::NFSVolumeSource& nfs, StorageSource* source) {
  source->driver = kNfs;
  source->attributes = {{"server", nfs.server()}, {"path", nfs.path()}};
  source->read_only = nfs.readonly();
}

StorageSource ReadVolume(const core::PersistentVolume& volume) {
  StorageSource source;
  source.owner = fmt::format("PersistentVolume \"{}\"", volume.metadata().name());
  source.mount_options = {volume.spec().mountoptions().begin(), volume.spec().mountoptions().end()};
  source.zones = ZonesOf(volume);
  const core::PersistentVolumeSource& from = volume.spec().persistentvolumesource();
  if (from.has_csi()) {
    ReadCsi(from.csi(), &source);
  } else if (from.has_flexvolume()) {
    ReadFlex(from.flexvolume(), &source);
  } else if (from.has_nfs()) {
    ReadNfs(from.nfs(), &source);
  } else {
    source.driver = NameOfSource(from);
  }
  // A kubelet hands a driver the first of the modes.
  if (volume.spec().accessmodes_size() > 0 && volume.spec().accessmodes(0) == "ReadOnlyMany") {
    source.read_only = true;
  }
  return source;
}

StorageSource ReadInline(const core::CSIVolumeSource& csi, const PodInputs& inputs) {
  StorageSource source;
  source.owner = "inline volume";
  source.is_inline = true;
  source.driver = csi.driver();
  source.fs_type = csi.fstype();
  source.attributes = Ordered(csi.volumeattributes());
  source.read_only = csi.readonly();
  source.secret = Find(inputs.secrets, csi.nodepublishsecretref().name());
  return source;
}

}  // namespace

bool IsStorage(const core::Volume& volume) {
  const core::VolumeSource& source = volume.volumesource();
  return source.has_persistentvolumeclaim() || source.has_ephemeral() || source.has_csi();
}

std::string ClaimNameOf(const core::Pod& pod, const core::Volume& volume) {
  const core::VolumeSource& source = volume.volumesource();
  return source.has_ephemeral() ? pod.metadata().name() + "-" + volume.name()
                                : source.persistentvolumeclaim().claimname();
}

std::optional<VolumeSecret> VolumeSecretOf(const core::PersistentVolume& volume) {
  const core::PersistentVolumeSource& source = volume.spec().persistentvolumesource();
  const core::SecretReference& reference =
      source.has_csi() ? source.csi().nodepublishsecretref() : source.flexvolume().secretref();
  const std::string& driver =
      source.has_csi() ? source.csi().driver() : source.flexvolume().driver();
  if (reference.name().empty() || !NeedsSecret(driver)) return std::nullopt;
  // Without a namespace it is the claim's.
  return VolumeSecret{reference.namespace_().empty() ? volume.spec().claimref().namespace_()
                                                     : reference.namespace_(),
                      reference.name()};
}

std::optional<NotNow> MissingClaims(const core::Pod& pod, const PodInputs& inputs) {
  std::vector<std::string> problems;
  std::set<ObjectReference> missing;
  for (const core::Volume& volume : pod.spec().volumes()) {
    if (ClaimNameOf(pod, volume).empty()) continue;
    auto obstacle = ObstacleOf(volume, pod, inputs);
    if (!obstacle) continue;
    problems.push_back(fmt::format("volume {}: {}", volume.name(), obstacle->problem));
    if (obstacle->watch) missing.insert(*std::move(obstacle->watch));
  }
  if (problems.empty()) return std::nullopt;
  return NotNow{NotNow::Kind::kWaiting,
                {.reason = "FailedMount", .message = fmt::format("{}", fmt::join(problems, ", "))},
                {missing.begin(), missing.end()}};
}

Planned<StorageSource> SourceOf(const core::Volume& volume, const std::string& path,
                                const core::Pod& pod, const PodInputs& inputs) {
  const core::VolumeSource& from = volume.volumesource();
  if (from.has_csi()) {
    StorageSource source = ReadInline(from.csi(), inputs);
    source.path = path + ".csi";
    return source;
  }
  const Claim& claim = *inputs.claims.at(ClaimNameOf(pod, volume));
  const core::PersistentVolume& bound = *inputs.volumes.at(claim.spec().volumename());
  StorageSource source = ReadVolume(bound);
  source.path = path + (from.has_ephemeral() ? ".ephemeral" : ".persistentVolumeClaim");
  if (bound.spec().volumemode() == "Block") {
    return std::unexpected(
        Unsupported({fmt::format("{} (volumeMode Block of {})", source.path, source.owner)}));
  }
  if (from.persistentvolumeclaim().readonly()) source.read_only = true;
  if (const auto secret = VolumeSecretOf(bound)) source.secret = inputs.volume_secrets.at(*secret);
  return source;
}

}  // namespace vk::translate
