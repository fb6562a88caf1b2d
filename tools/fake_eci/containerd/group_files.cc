#include "tools/fake_eci/containerd/group_files.h"

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/proto_json/base64.h"
#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/containerd/log_file.h"
#include "tools/fake_eci/engine/group/disk.h"

namespace vk::fake {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Status;

constexpr int kDefaultMode = 0644;
constexpr mode_t kEveryone = 0777;
constexpr mode_t kNewDisk = 0755;
constexpr std::size_t kLongestMessage = 4096;
constexpr std::size_t kLongestFallback = 2048;
constexpr std::size_t kFallbackLines = 80;

Error Cannot(const std::string& what, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("{}: {}", what, why)};
}

Status MakeFolder(const fs::path& folder, mode_t mode) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return std::unexpected(Cannot(folder.string(), failed.message()));
  ::chmod(folder.c_str(), mode);
  return {};
}

Status WriteFile(const fs::path& path, std::string_view text, mode_t mode) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return std::unexpected(Cannot(path.string(), "cannot be written"));
  ::chmod(path.c_str(), mode);
  return {};
}

// The cloud writes modes as octal digits in a decimal number: 644 is 0644.
mode_t ModeOf(int digits) {
  mode_t mode = 0;
  for (int shift = 0; digits > 0 && shift < 12; digits /= 10, shift += 3) {
    mode |= static_cast<mode_t>(digits % 10) << shift;
  }
  return mode;
}

// True for a path that stays below where it is put.
bool StaysBelow(const fs::path& path) {
  return path.is_relative() &&
         std::ranges::none_of(path, [](const fs::path& part) { return part == ".."; });
}

bool Holds(const fs::path& path, std::string_view text) {
  std::ifstream file(path, std::ios::binary);
  return file && std::string(std::istreambuf_iterator<char>(file), {}) == text;
}

// Files that an update took away; folders may have other volumes in them.
void RemoveOthers(const eci::v1::Volume::ConfigFileVolume& volume, const fs::path& folder) {
  std::vector<fs::path> others;
  std::error_code failed;
  for (const auto& entry : fs::recursive_directory_iterator(folder, failed)) {
    const std::string path = entry.path().lexically_relative(folder).string();
    const bool listed = std::ranges::any_of(volume.config_file_to_path(), [&](const auto& file) {
      return fs::path(file.path()).lexically_normal() == path;
    });
    if (entry.is_regular_file(failed) && !listed) others.push_back(entry.path());
  }
  for (const fs::path& other : others) fs::remove(other, failed);
}

// A file that is there and the same is left alone: somebody may be reading it.
Status MakeConfigFiles(const eci::v1::Volume::ConfigFileVolume& volume, const fs::path& folder) {
  if (Status made = MakeFolder(folder, kEveryone); !made) return made;
  RemoveOthers(volume, folder);
  for (const auto& file : volume.config_file_to_path()) {
    const auto content = base::Base64Decode(file.content());
    if (!content || !StaysBelow(file.path())) {
      return std::unexpected(
          Cannot("file " + file.path(), "no Base64, or a path that leaves the volume"));
    }
    const fs::path path = folder / file.path();
    if (path.parent_path() != folder) {
      if (Status made = MakeFolder(path.parent_path(), 0755); !made) return made;
    }
    if (Holds(path, *content)) continue;
    const int digits = file.has_mode() ? file.mode() : volume.default_mode();
    if (Status written = WriteFile(path, *content, digits > 0 ? ModeOf(digits) : kDefaultMode);
        !written) {
      return written;
    }
  }
  return {};
}

Status MakeMemory(const eci::v1::EmptyDirVolume& volume, const fs::path& folder) {
  std::string options = "mode=1777";
  std::string size = volume.size_limit();
  // Kubernetes writes "64Mi", tmpfs takes "64M".
  if (size.ends_with('i')) size.pop_back();
  if (!size.empty()) options += ",size=" + size;
  if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, options.c_str()) == 0) return {};
  return std::unexpected(Cannot(folder.string(), "cannot mount a tmpfs with " + options));
}

// A file server's or a bucket's content, the same for all groups of this runtime.
Status LinkShare(const fs::path& share, const fs::path& folder) {
  if (Status made = MakeFolder(share, kEveryone); !made) return made;
  std::error_code failed;
  fs::create_directory_symlink(share, folder, failed);
  if (failed) return std::unexpected(Cannot(folder.string(), failed.message()));
  return {};
}

// A disk's file system, as a new one is: root's alone to write. It stays when its group goes.
Status LinkDisk(const fs::path& disk, const fs::path& folder) {
  std::error_code failed;
  if (!fs::exists(disk, failed)) {
    if (Status made = MakeFolder(disk, kNewDisk); !made) return made;
  }
  fs::create_directory_symlink(disk, folder, failed);
  if (failed) return std::unexpected(Cannot(folder.string(), failed.message()));
  return {};
}

// "nfs/server/path" with nothing that climbs out of it.
fs::path ShareOf(const RuntimePaths& paths, std::string_view kind, const std::string& name) {
  fs::path share = paths.shares() / kind;
  for (const fs::path& part : fs::path(name).relative_path()) {
    if (part != "..") share /= part;
  }
  return share;
}

std::string Option(const boost::json::value& options, std::string_view key) {
  const auto* object = options.if_object();
  const auto* value = object == nullptr ? nullptr : object->if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

// One share for all who name the same bucket or server and folder; else one for the same options.
fs::path FlexShare(const RuntimePaths& paths, const eci::v1::FlexVolume& volume) {
  boost::system::error_code malformed;
  const boost::json::value options = boost::json::parse(volume.options(), malformed);
  const std::string path = Option(options, "path");
  if (volume.driver() == "alicloud/oss" && !Option(options, "bucket").empty())
    return ShareOf(paths, "oss", Option(options, "bucket") + "/" + path);
  if (volume.driver() == "alicloud/nas" && !Option(options, "server").empty())
    return ShareOf(paths, "nfs", Option(options, "server") + "/" + path);
  return ShareOf(paths, "flex", volume.driver() + "/" + base::Base64Encode(volume.options()));
}

Status MakeVolume(const eci::v1::Volume& volume, const fs::path& folder,
                  const RuntimePaths& paths) {
  std::error_code failed;
  if (fs::exists(folder, failed)) return {};
  if (Status made = MakeFolder(folder.parent_path(), 0755); !made) return made;
  if (volume.type() == "ConfigFileVolume")
    return MakeConfigFiles(volume.config_file_volume(), folder);
  if (volume.type() == "NFSVolume") {
    return LinkShare(
        ShareOf(paths, "nfs", volume.nfs_volume().server() + "/" + volume.nfs_volume().path()),
        folder);
  }
  if (IsDisk(volume)) {
    const std::string disk = DiskIdOf(volume);
    return disk.empty() ? MakeFolder(folder, kNewDisk)
                        : LinkDisk(ShareOf(paths, "disks", disk), folder);
  }
  if (volume.type() == "FlexVolume") {
    return LinkShare(FlexShare(paths, volume.flex_volume()), folder);
  }
  if (Status made = MakeFolder(folder, kEveryone); !made) return made;
  return volume.empty_dir_volume().medium() == "Memory"
             ? MakeMemory(volume.empty_dir_volume(), folder)
             : Status();
}

// As the kubelet writes it: pkg/kubelet/kubelet_pods.go, managedHostsFileContent.
std::string HostsOf(const HostedGroup& group, const eci::v1::CreateContainerGroupRequest& spec) {
  std::string text =
      "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost "
      "ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\n"
      "fe00::2\tip6-allrouters\n";
  text += fmt::format("{}\t{}\n", group.address,
                      spec.host_name().empty() ? group.name : spec.host_name());
  if (spec.host_aliase_size() > 0) text += "\n# Entries added by HostAliases.\n";
  for (const auto& alias : spec.host_aliase()) {
    text += fmt::format("{}\t{}\n", alias.ip(), fmt::join(alias.hostname(), "\t"));
  }
  return text;
}

std::string EndOfLog(const fs::path& path) {
  std::vector<LogLine> lines = ReadLogFile(path);
  if (lines.size() > kFallbackLines) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kFallbackLines));
  }
  std::string text;
  for (const LogLine& line : lines) text += line.text + "\n";
  return text.size() > kLongestFallback ? text.substr(text.size() - kLongestFallback) : text;
}

// The folders of a sub path that are not there yet.
Status MakeSubPath(const fs::path& volume, const std::string& sub_path) {
  if (!StaysBelow(sub_path)) {
    return std::unexpected(Cannot("sub path " + sub_path, "it leaves its volume"));
  }
  std::error_code failed;
  if (fs::exists(volume / sub_path, failed)) return {};
  fs::path folder = volume;
  for (const fs::path& part : fs::path(sub_path)) {
    folder /= part;
    if (fs::exists(folder, failed)) continue;
    if (Status made = MakeFolder(folder, kEveryone); !made) return made;
  }
  return {};
}

// A mount's path without its last slash and the like.
fs::path MountPath(const eci::v1::VolumeMount& mount) {
  const fs::path path = fs::path(mount.mount_path()).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

// The mount of the container that `inner` lies in most closely, or null.
const eci::v1::VolumeMount* MountAround(const eci::v1::Container& container,
                                        const eci::v1::VolumeMount& inner) {
  const eci::v1::VolumeMount* closest = nullptr;
  const std::string path = MountPath(inner).string();
  for (const auto& mount : container.volume_mount()) {
    const std::string outer = MountPath(mount).string();
    const bool around = path.starts_with(outer.ends_with('/') ? outer : outer + "/");
    if (around && (closest == nullptr || outer.size() > MountPath(*closest).string().size())) {
      closest = &mount;
    }
  }
  return closest;
}

Status MakeMountPoint(const eci::v1::CreateContainerGroupRequest& spec,
                      const eci::v1::Container& container, const eci::v1::VolumeMount& inner,
                      const GroupFolders& folders) {
  const auto* outer = MountAround(container, inner);
  if (outer == nullptr) return {};
  const bool of_files = std::ranges::any_of(spec.volume(), [&](const auto& volume) {
    return volume.name() == outer->name() && volume.type() == "ConfigFileVolume";
  });
  const fs::path point = folders.volume(outer->name()) / outer->sub_path() /
                         MountPath(inner).lexically_relative(MountPath(*outer));
  std::error_code failed;
  if (!of_files || fs::exists(point, failed)) return {};
  return MakeFolder(point, 0755);
}

}  // namespace

Status MakeGroupFiles(const HostedGroup& group, const RuntimePaths& paths) {
  const auto spec = group.ParseSpec();
  const GroupFolders folders(paths, group.id);
  if (Status made = MakeFolder(folders.logs(), 0755); !made) return made;
  if (Status made = MakeFolder(folders.top / "terminations", 0755); !made) return made;
  if (Status written = WriteFile(folders.hosts(), HostsOf(group, spec), kDefaultMode); !written) {
    return written;
  }
  for (const auto& volume : spec.volume()) {
    if (Status made = MakeVolume(volume, folders.volume(volume.name()), paths); !made) {
      return std::unexpected(std::move(made).error().In("volume " + volume.name()));
    }
  }
  return {};
}

Status MakeContainerFiles(const HostedGroup& group, std::size_t index, int attempt,
                          const RuntimePaths& paths) {
  const auto spec = group.ParseSpec();
  const auto container = ContainerOf(spec, index);
  const GroupFolders folders(paths, group.id);
  if (Status made = MakeFolder(folders.log(container.name(), attempt).parent_path(), 0755); !made) {
    return made;
  }
  for (const auto& volume : spec.volume()) {
    if (volume.type() != "ConfigFileVolume") continue;
    VK_CHECK_OK(MakeConfigFiles(volume.config_file_volume(), folders.volume(volume.name())));
  }
  for (const auto& mount : container.volume_mount()) {
    if (mount.sub_path().empty()) continue;
    VK_CHECK_OK(MakeSubPath(folders.volume(mount.name()), mount.sub_path()));
  }
  for (const auto& mount : container.volume_mount()) {
    VK_CHECK_OK(MakeMountPoint(spec, container, mount, folders));
  }
  return WriteFile(folders.termination(container.name(), attempt), "", 0666);
}

void RemoveLifeFiles(const std::string& group_id, const std::string& container, int attempt,
                     const RuntimePaths& paths) {
  const GroupFolders folders(paths, group_id);
  std::error_code none;
  fs::remove(folders.log(container, attempt), none);
  fs::remove(folders.termination(container, attempt), none);
}

void RemoveVolumes(const std::string& group_id, const RuntimePaths& paths) {
  const GroupFolders folders(paths, group_id);
  std::error_code failed;
  const fs::path volumes = folders.top / "volumes";
  for (const auto& entry : fs::directory_iterator(volumes, failed)) {
    if (!entry.is_symlink(failed)) (void)::umount2(entry.path().c_str(), MNT_DETACH);
  }
  fs::remove_all(volumes, failed);
  fs::remove_all(folders.top / "terminations", failed);
  fs::remove(folders.hosts(), failed);
}

void RemoveGroupFiles(const std::string& group_id, const RuntimePaths& paths) {
  RemoveVolumes(group_id, paths);
  std::error_code failed;
  fs::remove_all(GroupFolders(paths, group_id).top, failed);
}

std::string TerminationMessage(const HostedGroup& group, std::size_t index, int attempt,
                               int exit_code, const RuntimePaths& paths) {
  const auto container = ContainerOf(group.ParseSpec(), index);
  const GroupFolders folders(paths, group.id);
  std::ifstream file(folders.termination(container.name(), attempt), std::ios::binary);
  std::string message((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (message.size() > kLongestMessage) message.resize(kLongestMessage);
  if (message.empty() && exit_code != 0 &&
      container.termination_message_policy() == "FallbackToLogsOnError") {
    return EndOfLog(folders.log(container.name(), attempt));
  }
  return message;
}

}  // namespace vk::fake
