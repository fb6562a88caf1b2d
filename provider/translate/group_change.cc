#include "provider/translate/group_change.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "base/proto_json/base64.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "provider/translate/sidecars.h"
#include "provider/translate/stable_hash.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;
using eci::v1::UpdateContainerGroupRequest;
using View = eci::v1::ContainerGroup;

// Source: distribution/reference, ParseNormalizedNamed and TagNameOnly.
std::string FullName(std::string_view image) {
  const std::size_t slash = image.find('/');
  const std::string_view first = image.substr(0, slash);
  const bool has_registry =
      slash != image.npos && (first.find_first_of(".:") != first.npos || first == "localhost");
  std::string full;
  if (!has_registry) full = slash == image.npos ? "docker.io/library/" : "docker.io/";
  full += image;
  const bool tagged = full.find(':', full.rfind('/')) != full.npos || full.contains('@');
  return tagged ? full : full + ":latest";
}

// The sum of one hash per container, in whatever order they are.
void AddHash(std::string_view name, std::string_view image, std::uint64_t* sum) {
  *sum += StableHash(FullName(image), StableHash("=", StableHash(name)));
}

// Those that are containers for the cloud.
std::vector<const core::Container*> Changeable(const core::PodSpec& spec) {
  std::vector<const core::Container*> containers;
  for (const core::Container& init : spec.initcontainers()) {
    if (IsSidecar(init)) containers.push_back(&init);
  }
  for (const core::Container& container : spec.containers()) containers.push_back(&container);
  return containers;
}

using Variables = std::map<std::string, std::string>;

Variables VariablesOf(const eci::v1::Container& planned) {
  Variables variables;
  for (const auto& variable : planned.environment_var()) {
    variables[variable.key()] =
        variable.has_field_ref() ? "\x1f" + variable.field_ref().field_path() : variable.value();
  }
  return variables;
}

Variables VariablesOf(const View::Container& described) {
  Variables variables;
  for (const auto& variable : described.environment_vars()) {
    variables[variable.key()] = variable.value_from().has_field_ref()
                                    ? "\x1f" + variable.value_from().field_ref().field_path()
                                    : variable.value();
  }
  return variables;
}

bool AreSame(const auto& a, const auto& b) { return std::ranges::equal(a, b); }

// True when anything differs; writes what the container is to have.
bool WriteContainer(const eci::v1::Container& planned, const View::Container& described,
                    UpdateContainerGroupRequest::Container* change) {
  const bool same = VariablesOf(planned) == VariablesOf(described) &&
                    AreSame(planned.command(), described.commands()) &&
                    AreSame(planned.arg(), described.args());
  change->set_name(planned.name());
  *change->mutable_environment_var() = planned.environment_var();
  if (!AreSame(planned.command(), described.commands()))
    *change->mutable_command() = planned.command();
  if (!AreSame(planned.arg(), described.args())) *change->mutable_arg() = planned.arg();
  return !same;
}

using Files = std::map<std::string, std::string>;

Files FilesOf(const View::Volume& described) {
  Files files;
  for (const auto& file : described.config_file_volume_config_file_to_paths())
    files[file.path()] = file.content();
  return files;
}

// Tokens stay the ones that the group has.
Files FilesOf(const eci::v1::Volume& planned, const Files& described) {
  static const std::string kStandIn = base::Base64Encode(kTokenStandIn);
  Files files;
  for (const auto& file : planned.config_file_volume().config_file_to_path()) {
    const auto kept = described.find(file.path());
    const bool is_token = file.content() == kStandIn && kept != described.end();
    files[file.path()] = is_token ? kept->second : file.content();
  }
  return files;
}

bool Mounts(const eci::v1::Container& container, const std::string& volume) {
  return std::ranges::any_of(container.volume_mount(),
                             [&](const auto& mount) { return mount.name() == volume; });
}

const auto* FindByName(const auto& list, const std::string& name) {
  const auto found =
      std::ranges::find_if(list, [&](const auto& item) { return item.name() == name; });
  return found == list.end() ? nullptr : &*found;
}

void WriteVolume(const std::string& name, const Files& files,
                 UpdateContainerGroupRequest* request) {
  if (FindByName(request->volume(), name) != nullptr) return;
  auto& volume = *request->add_volume();
  volume.set_name(name);
  volume.set_type("ConfigFileVolume");
  for (const auto& [path, content] : files) {
    auto& file = *volume.mutable_config_file_volume()->add_config_file_to_path();
    file.set_path(path);
    file.set_content(content);
  }
}

// The volumes of files of this container that differ; true when there are any.
bool WriteVolumes(const eci::v1::CreateContainerGroupRequest& planned,
                  const eci::v1::Container& container, const View& described,
                  UpdateContainerGroupRequest* request) {
  bool any = false;
  for (const eci::v1::Volume& volume : planned.volume()) {
    if (!volume.has_config_file_volume() || !Mounts(container, volume.name())) continue;
    const auto* const shown = FindByName(described.volumes(), volume.name());
    if (shown == nullptr) continue;
    const Files has = FilesOf(*shown);
    const Files wants = FilesOf(volume, has);
    if (wants == has || wants.empty()) continue;
    WriteVolume(volume.name(), wants, request);
    any = true;
  }
  return any;
}

}  // namespace

bool IsSameImage(const std::string& a, const std::string& b) {
  return a == b || FullName(a) == FullName(b);
}

std::uint64_t HashOfImages(const core::PodSpec& spec) {
  std::uint64_t sum = 0;
  for (const core::Container* const container : Changeable(spec))
    AddHash(container->name(), container->image(), &sum);
  return sum;
}

std::uint64_t HashOfImages(const GroupObservation& observed) {
  std::uint64_t sum = 0;
  for (const ContainerObservation& container : observed.containers)
    AddHash(container.name, container.image, &sum);
  return sum;
}

std::vector<ImageChange> FindImageChanges(const core::Pod& pod, const GroupObservation& observed) {
  std::vector<ImageChange> changes;
  for (const core::Container* const container : Changeable(pod.spec())) {
    const auto seen =
        std::ranges::find(observed.containers, container->name(), &ContainerObservation::name);
    const bool told = seen != observed.containers.end() && !seen->image.empty();
    if (!told || IsSameImage(seen->image, container->image())) continue;
    changes.push_back({container->name(), seen->image, container->image()});
  }
  return changes;
}

std::optional<UpdateContainerGroupRequest> FindInputChange(
    const eci::v1::CreateContainerGroupRequest& planned, const View& described,
    const std::set<std::string>& containers) {
  UpdateContainerGroupRequest request;
  for (const eci::v1::Container& container : planned.container()) {
    const auto* const shown = FindByName(described.containers(), container.name());
    if (!containers.contains(container.name()) || shown == nullptr) continue;
    UpdateContainerGroupRequest::Container change;
    const bool changed = WriteContainer(container, *shown, &change);
    const bool files = WriteVolumes(planned, container, described, &request);
    if (changed || files) *request.add_container() = std::move(change);
  }
  if (request.container_size() == 0) return std::nullopt;
  request.set_container_group_id(described.container_group_id());
  request.set_update_type("IncrementalUpdate");
  return request;
}

}  // namespace vk::translate
