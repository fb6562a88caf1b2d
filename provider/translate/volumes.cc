#include "provider/translate/volumes.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/proto_json/base64.h"
#include "base/result.h"
#include "provider/translate/downward.h"
#include "provider/translate/group_access.h"
#include "provider/translate/host_paths.h"

namespace vk::translate {
namespace {

using Kind = ObjectReference::Kind;
using KeyToPaths = google::protobuf::RepeatedPtrField<core::KeyToPath>;
using Items = google::protobuf::RepeatedPtrField<core::DownwardAPIVolumeFile>;

constexpr std::int32_t kDefaultMode = 0644;
constexpr std::int32_t kHighestMode = 0777;

struct File {
  const std::string* kept = nullptr;  // Content of the pod's inputs, which is not copied.
  std::string own;                    // Where it was made for this file.
  std::optional<std::int32_t> mode;
  bool is_token = false;

  const std::string& Content() const { return kept != nullptr ? *kept : own; }
};
// By path; of two sources with one path the later wins, as the kubelet has it.
using Files = std::map<std::string, File>;
// One key may be many files, and one object many sources: nothing is copied of them.
using Contents = std::map<std::string_view, const std::string*>;

struct Selection {
  Kind kind;
  const std::string& name;
  const KeyToPaths& items;
};

template <class Map>
void Insert(const Map& data, Contents* contents) {
  for (const auto& [key, content] : data) contents->emplace(key, &content);
}

// Empty when the object does not exist, which is then optional: required ones were waited for.
Contents ContentsOf(Kind kind, const std::string& name, const PodInputs& inputs) {
  Contents contents;
  if (kind == Kind::kConfigMap) {
    const auto found = inputs.config_maps.find(name);
    if (found == inputs.config_maps.end()) return contents;
    Insert(found->second->data(), &contents);
    Insert(found->second->binarydata(), &contents);
  } else {
    const auto found = inputs.secrets.find(name);
    if (found != inputs.secrets.end()) Insert(found->second->data(), &contents);
  }
  return contents;
}

void AddObject(const Selection& selection, const PodInputs& inputs, Files* files) {
  const Contents contents = ContentsOf(selection.kind, selection.name, inputs);
  if (selection.items.empty()) {
    for (const auto& [key, content] : contents) (*files)[std::string(key)] = {.kept = content};
    return;
  }
  for (const core::KeyToPath& item : selection.items) {
    const auto found = contents.find(item.key());
    if (found == contents.end()) continue;  // Optional as well.
    File& file = (*files)[item.path()] = {.kept = found->second};
    if (item.has_mode()) file.mode = item.mode();
  }
}

NotNow TooManyFiles(const std::string& path, std::size_t count) {
  return TooLarge(
      fmt::format("{}: {} files, the cloud takes at most {} in a volume", path, count, kMostFiles));
}

Planned<void> AddDownward(const Items& items, const std::string& path,
                          const Translation& translation, Files* files) {
  // Before the contents are made: of an annotation each can have a quarter of a megabyte.
  if (items.size() > kMostFiles) {
    return std::unexpected(TooManyFiles(path + ".items", static_cast<std::size_t>(items.size())));
  }
  for (int i = 0; i < items.size(); ++i) {
    const core::DownwardAPIVolumeFile& item = items[i];
    const std::string item_path = At(path + ".items", i);
    Planned<std::string> content =
        item.has_fieldref()
            ? VolumeField(item.fieldref(), item_path, translation)
            : ResourceField(item.resourcefieldref(), nullptr, item_path, translation);
    if (!content) return std::unexpected(std::move(content).error());
    File& file = (*files)[item.path()] = {.own = std::move(*content)};
    if (item.has_mode()) file.mode = item.mode();
  }
  return {};
}

Planned<void> AddToken(const core::Volume& volume, int source_index, const Translation& translation,
                       Files* files) {
  const TokenReference reference = TokenOf(translation.pod.spec(), volume, source_index);
  const auto found = translation.inputs.tokens.find(reference);
  if (found == translation.inputs.tokens.end()) {
    return std::unexpected(
        NotNow{NotNow::Kind::kWaiting,
               {.reason = "FailedMount",
                .message = fmt::format("volume {}: waiting for a token of ServiceAccount {}",
                                       volume.name(), reference.service_account)},
               {}});
  }
  const core::ProjectedVolumeSource& projected = volume.volumesource().projected();
  (*files)[projected.sources(source_index).serviceaccounttoken().path()] = {.kept = &found->second,
                                                                            .is_token = true};
  return {};
}

Planned<void> AddProjected(const core::Volume& volume, const std::string& path,
                           const Translation& translation, Files* files) {
  const auto& sources = volume.volumesource().projected().sources();
  for (int i = 0; i < sources.size(); ++i) {
    const core::VolumeProjection& source = sources[i];
    if (source.has_secret()) {
      const auto& secret = source.secret();
      AddObject({Kind::kSecret, secret.localobjectreference().name(), secret.items()},
                translation.inputs, files);
    } else if (source.has_configmap()) {
      const auto& map = source.configmap();
      AddObject({Kind::kConfigMap, map.localobjectreference().name(), map.items()},
                translation.inputs, files);
    } else if (source.has_downwardapi()) {
      VK_CHECK_OK(AddDownward(source.downwardapi().items(),
                              At(path + ".projected.sources", i) + ".downwardAPI", translation,
                              files));
    } else if (source.has_serviceaccounttoken()) {
      VK_CHECK_OK(AddToken(volume, i, translation, files));
    }
    if (files->size() > kMostFiles) return std::unexpected(TooManyFiles(path, files->size()));
  }
  return {};
}

Planned<void> AddFiles(const core::Volume& volume, const std::string& path,
                       const Translation& translation, Files* files) {
  const core::VolumeSource& source = volume.volumesource();
  if (source.has_configmap()) {
    const auto& map = source.configmap();
    AddObject({Kind::kConfigMap, map.localobjectreference().name(), map.items()},
              translation.inputs, files);
    return {};
  }
  if (source.has_secret()) {
    const auto& secret = source.secret();
    AddObject({Kind::kSecret, secret.secretname(), secret.items()}, translation.inputs, files);
    return {};
  }
  if (source.has_downwardapi()) {
    return AddDownward(source.downwardapi().items(), path + ".downwardAPI", translation, files);
  }
  return AddProjected(volume, path, translation, files);
}

std::int32_t DefaultMode(const core::VolumeSource& source) {
  if (source.configmap().has_defaultmode()) return source.configmap().defaultmode();
  if (source.secret().has_defaultmode()) return source.secret().defaultmode();
  if (source.downwardapi().has_defaultmode()) return source.downwardapi().defaultmode();
  if (source.projected().has_defaultmode()) return source.projected().defaultmode();
  return kDefaultMode;
}

Planned<void> CheckSize(const std::string& path, const Files& files) {
  if (files.size() > kMostFiles) return std::unexpected(TooManyFiles(path, files.size()));
  std::size_t total = 0;
  for (const auto& [file_path, file] : files) {
    const std::size_t size = file.Content().size();
    total += size;
    if (size > kLargestFile) {
      return std::unexpected(
          TooLarge(fmt::format("{}: file {} has {} bytes, the cloud takes at most {}", path,
                               file_path, size, kLargestFile)));
    }
  }
  if (total > kLargestFileVolume) {
    return std::unexpected(
        TooLarge(fmt::format("{}: its {} files have {} bytes, the cloud takes at most {}", path,
                             files.size(), total, kLargestFileVolume)));
  }
  return {};
}

Planned<std::int32_t> CheckedMode(std::int32_t mode, const std::string& path) {
  if (mode >= 0 && mode <= kHighestMode) return mode;
  return std::unexpected(
      Invalid(path, fmt::format("the mode {} is not one of 0 to {} (0777)", mode, kHighestMode)));
}

void WriteEmptyDir(const core::EmptyDirVolumeSource& source, eci::v1::Volume* out) {
  out->set_type("EmptyDirVolume");
  if (!source.medium().empty()) out->mutable_empty_dir_volume()->set_medium(source.medium());
  if (source.has_sizelimit()) {
    out->mutable_empty_dir_volume()->set_size_limit(source.sizelimit().string());
  }
}

void WriteNfs(const core::NFSVolumeSource& source, eci::v1::Volume* out) {
  out->set_type("NFSVolume");
  out->mutable_nfs_volume()->set_server(source.server());
  out->mutable_nfs_volume()->set_path(source.path());
  if (source.readonly()) out->mutable_nfs_volume()->set_read_only(true);
}

void WriteFlexVolume(const core::FlexVolumeSource& source, eci::v1::Volume* out) {
  out->set_type("FlexVolume");
  out->mutable_flex_volume()->set_driver(source.driver());
  if (!source.fstype().empty()) out->mutable_flex_volume()->set_fs_type(source.fstype());
  // In order, so that one pod always makes the same request.
  const std::map<std::string, std::string> ordered(source.options().begin(),
                                                   source.options().end());
  boost::json::object options;
  for (const auto& [key, value] : ordered) options[key] = value;
  out->mutable_flex_volume()->set_options(boost::json::serialize(options));
}

// The emptyDir that stands for a folder of a machine.
void WriteHostPath(const core::Volume& volume, const Translation& translation,
                   eci::v1::Volume* out) {
  core::EmptyDirVolumeSource folder;
  const HostPathUse use = UseOfHostPath(volume, translation.pod.spec(), translation.node);
  if (use == HostPathUse::kSharedMemory) folder.set_medium("Memory");
  WriteEmptyDir(folder, out);
}

// Whether the volume is none of files: the cloud mounts it by itself.
bool WriteMounted(const core::Volume& volume, const Translation& translation,
                  eci::v1::Volume* out) {
  const core::VolumeSource& source = volume.volumesource();
  if (source.has_nfs()) {
    WriteNfs(source.nfs(), out);
  } else if (source.has_flexvolume()) {
    WriteFlexVolume(source.flexvolume(), out);
  } else if (source.has_emptydir()) {
    WriteEmptyDir(source.emptydir(), out);
  } else if (source.has_hostpath()) {
    WriteHostPath(volume, translation, out);
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::int32_t OctalDigits(std::int32_t mode) {
  std::int32_t digits = 0;
  std::int32_t place = 1;
  for (; mode != 0; mode /= 8, place *= 10) digits += mode % 8 * place;
  return digits;
}

Planned<eci::v1::Volume> MakeVolume(const core::Volume& volume, const std::string& path,
                                    const Translation& translation) {
  eci::v1::Volume out;
  out.set_name(volume.name());
  const core::VolumeSource& source = volume.volumesource();
  if (WriteMounted(volume, translation, &out)) return out;
  Files files;
  VK_CHECK_OK(AddFiles(volume, path, translation, &files));
  VK_CHECK_OK(CheckSize(fmt::format("{} (volume {})", path, volume.name()), files));
  // No document says that a volume of files may have none, and it looks like an empty directory.
  if (files.empty()) {
    WriteEmptyDir(source.emptydir(), &out);
    return out;
  }

  out.set_type("ConfigFileVolume");
  eci::v1::Volume::ConfigFileVolume& config = *out.mutable_config_file_volume();
  GroupAccess access(volume, path, translation);
  VK_TRY(default_mode, CheckedMode(DefaultMode(source), path));
  config.set_default_mode(OctalDigits(access.Mode(default_mode)));
  for (const auto& [file_path, file] : files) {
    auto& entry = *config.add_config_file_to_path();
    entry.set_path(file_path);
    entry.set_content(base::Base64Encode(file.Content()));
    if (const auto token_mode = file.is_token ? access.TokenMode() : std::nullopt) {
      const std::int32_t digits = OctalDigits(*token_mode);
      if (digits != config.default_mode()) entry.set_mode(digits);
    }
    if (!file.mode) continue;
    VK_TRY(mode, CheckedMode(*file.mode, fmt::format("{} (file {})", path, file_path)));
    entry.set_mode(OctalDigits(access.Mode(mode)));
  }
  access.Tell();
  return out;
}

}  // namespace vk::translate
