#include <fmt/format.h>

#include <set>
#include <string>

#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/group/disk.h"
#include "tools/fake_eci/engine/group/validation.h"
#include "tools/fake_eci/engine/parameter_checks.h"

namespace vk::fake {
namespace {

using eci::v1::Volume;

constexpr std::string_view kTypes =
    "EmptyDirVolume NFSVolume ConfigFileVolume FlexVolume DiskVolume HostPathVolume";

// Bytes that a base64 text stands for, or nothing when it is none.
base::Result<std::size_t> DecodedSize(const std::string& parameter, const std::string& text) {
  std::size_t padding = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (c == '=' && i + 2 >= text.size()) {
      ++padding;
    } else if (!letter || padding > 0) {
      return std::unexpected(InvalidParameter(parameter, "it is not base64"));
    }
  }
  if (text.size() % 4 != 0) return std::unexpected(InvalidParameter(parameter, "it is not base64"));
  return text.size() / 4 * 3 - padding;
}

base::Status CheckFiles(const std::string& at, const Volume& volume, const Limits& limits) {
  std::size_t all = 0;
  for (const auto& file : volume.config_file_volume().config_file_to_path()) {
    if (file.path().empty()) {
      return std::unexpected(MissingParameter(at + ".ConfigFileVolume.ConfigFileToPath.Path"));
    }
    VK_TRY(size, DecodedSize(at + ".ConfigFileVolume.ConfigFileToPath.Content", file.content()));
    all += size;
    if (size > limits.config_file) {
      return std::unexpected(
          CloudError("InvalidParameter.LengthExceeded",
                     fmt::format("File {} of volume {} has {} bytes; at most {} are allowed.",
                                 file.path(), volume.name(), size, limits.config_file)));
    }
  }
  if (all <= limits.config_volume) return {};
  return std::unexpected(CloudError(
      "InvalidParameter.LengthExceeded",
      fmt::format("The files of volume {} have {} bytes together; at most {} are allowed.",
                  volume.name(), all, limits.config_volume)));
}

base::Status CheckVolume(const std::string& at, const Volume& volume, bool data_cache,
                         const Limits& limits) {
  if (volume.name().empty()) return std::unexpected(MissingParameter(at + ".Name"));
  if (volume.type().empty()) return std::unexpected(MissingParameter(at + ".Type"));
  VK_CHECK_OK(CheckOneOf(at + ".Type", true, volume.type(), kTypes));
  if (volume.type() == "HostPathVolume" && !data_cache) {
    return std::unexpected(
        InvalidParameter(at + ".Type", "HostPathVolume is open for data caches only"));
  }
  if (volume.type() == "NFSVolume" && volume.nfs_volume().server().empty()) {
    return std::unexpected(MissingParameter(at + ".NFSVolume.Server"));
  }
  VK_CHECK_OK(CheckOneOf(at + ".EmptyDirVolume.Medium", volume.empty_dir_volume().has_medium(),
                         volume.empty_dir_volume().medium(), "Memory LocalRaid0"));
  return CheckFiles(at, volume, limits);
}

}  // namespace

base::Status ValidateVolumes(const eci::v1::CreateContainerGroupRequest& request,
                             const Limits& limits) {
  if (request.volume_size() > limits.volumes) {
    return std::unexpected(CloudError("InvalidParameter.ValueExceeded",
                                      fmt::format("There are {} volumes; at most {} are allowed.",
                                                  request.volume_size(), limits.volumes)));
  }
  std::set<std::string> names;
  int disks = 0;
  for (int i = 0; i < request.volume_size(); ++i) {
    const Volume& volume = request.volume(i);
    VK_CHECK_OK(CheckVolume(fmt::format("Volume.{}", i + 1), volume,
                            request.has_data_cache_bucket(), limits));
    if (!names.insert(volume.name()).second) {
      return std::unexpected(CloudError("InvalidParameter.DuplicatedVolumeName", volume.name()));
    }
    if (IsDisk(volume) && ++disks > limits.disks)
      return std::unexpected(CloudError("DiskNumber.LimitExceed"));
  }
  return {};
}

}  // namespace vk::fake
