#include "provider/translate/storage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <optional>
#include <utility>

#include "base/result.h"

namespace vk::translate {
namespace {

using Options = std::map<std::string, std::string>;

constexpr std::string_view kDisk = "alicloud/disk";
constexpr std::string_view kNas = "alicloud/nas";
constexpr std::string_view kOss = "alicloud/oss";
// Source: ECI, "Mount a disk volume".
constexpr std::string_view kDiskFileSystems[] = {"", "ext4", "ext3", "xfs", "vfat"};

// CSI drivers and the cloud's own that stand for them. Source: the drivers' names in
// alibaba-cloud-csi-driver; ECI, "FlexVolume".
struct Driver {
  std::string_view name;
  std::string_view flex;
};
constexpr Driver kDrivers[] = {
    {"diskplugin.csi.alibabacloud.com", kDisk},
    {"nasplugin.csi.alibabacloud.com", kNas},
    {"ossplugin.csi.alibabacloud.com", kOss},
};

enum class Use {
  kPassed,   // Under the name `note`; empty: its own.
  kIgnored,  // Was read when the volume was made, or tunes what makes no difference.
  kOnly,     // Ignored with one of the values in `note`, one word each; refused otherwise.
};
// What becomes of the attributes of a driver's volumes; one without a rule is refused by name.
// Sources: the option parsers under pkg/{disk,nas,oss} of alibaba-cloud-csi-driver; ECI, "Mount an
// OSS bucket", "Mount a NAS file system", "Mount a disk volume".
struct AttributeRule {
  std::string_view flex;
  std::string_view attribute;
  Use use;
  std::string_view note = {};
};
constexpr AttributeRule kAttributes[] = {
    {kNas, "server", Use::kPassed},
    {kNas, "path", Use::kPassed},
    {kNas, "vers", Use::kPassed},
    {kNas, "options", Use::kPassed},
    {kNas, "archiveOnDelete", Use::kIgnored},
    {kNas, "fileSystemId", Use::kIgnored},
    {kNas, "fileSystemType", Use::kIgnored},
    {kNas, "regionId", Use::kIgnored},
    {kNas, "volumeAs", Use::kIgnored},
    {kNas, "volumeCapacity", Use::kIgnored},
    {kNas, "mountProtocol", Use::kOnly, "nfs"},
    {kOss, "bucket", Use::kPassed},
    {kOss, "url", Use::kPassed},
    {kOss, "path", Use::kPassed},
    {kOss, "otherOpts", Use::kPassed},
    {kOss, "ramRole", Use::kPassed},
    {kOss, "roleName", Use::kPassed, "ramRole"},
    {kOss, "akId", Use::kPassed},
    {kOss, "akSecret", Use::kPassed},
    {kOss, "metricsTop", Use::kIgnored},
    {kOss, "region", Use::kIgnored},
    {kOss, "useSharedPath", Use::kIgnored},
    {kOss, "fuseType", Use::kOnly, "ossfs"},
    {kOss, "volumeAs", Use::kOnly, "direct sharepath"},
};
// What inline disks are made with; a disk that exists only says by them how it was made.
constexpr std::string_view kInlineDiskAttributes[] = {"volumeId",  "volumeSize", "performanceLevel",
                                                      "encrypted", "snapshotId", "tags"};

// What provisioners note on every volume of theirs.
bool IsProvisionersOwn(std::string_view attribute) {
  return attribute.starts_with("csi.storage.k8s.io/") ||
         attribute.starts_with("storage.kubernetes.io/") ||
         attribute.starts_with("csi.alibabacloud.com/");
}

bool HasWord(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    if (words.substr(0, space) == word) return true;
    words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
  }
  return false;
}

// The cloud's driver for it, or empty.
std::string_view FlexDriverOf(std::string_view driver) {
  for (const Driver& known : kDrivers) {
    if (driver == known.name || driver == known.flex) return known.flex;
  }
  return {};
}

NotNow Refused(const StorageSource& source, std::string_view what) {
  return Unsupported({fmt::format("{} ({} of {})", source.path, what, source.owner)});
}

Planned<Options> PassAttributes(const StorageSource& source, std::string_view flex) {
  Options options;
  for (const auto& [attribute, value] : source.attributes) {
    const auto* rule = std::ranges::find_if(kAttributes, [&](const AttributeRule& each) {
      return each.flex == flex && each.attribute == attribute;
    });
    const bool known = rule != std::end(kAttributes);
    if (value.empty() || (!known && IsProvisionersOwn(attribute))) continue;
    if (!known) return std::unexpected(Refused(source, "volume attribute " + attribute));
    if (rule->use == Use::kOnly && !HasWord(rule->note, value)) {
      return std::unexpected(
          Refused(source, fmt::format("volume attribute {}: {}", attribute, value)));
    }
    if (rule->use != Use::kPassed) continue;
    options[std::string(rule->note.empty() ? rule->attribute : rule->note)] = value;
  }
  return options;
}

Planned<Options> DiskOptions(const StorageSource& source) {
  if (std::ranges::find(kDiskFileSystems, source.fs_type) == std::end(kDiskFileSystems)) {
    return std::unexpected(Refused(source, "file system " + source.fs_type));
  }
  if (!source.is_inline) {
    const auto shared = source.attributes.find("multiAttach");
    if (shared != source.attributes.end() && shared->second == "true") {
      return std::unexpected(Refused(source, "volume attribute multiAttach: true"));
    }
    const auto id = source.attributes.find("volumeId");  // A FlexVolume names it so.
    return Options{{"volumeId", source.handle.empty() && id != source.attributes.end()
                                    ? id->second
                                    : source.handle}};
  }
  Options options;
  for (const auto& [attribute, value] : source.attributes) {
    if (std::ranges::find(kInlineDiskAttributes, attribute) == std::end(kInlineDiskAttributes)) {
      return std::unexpected(Refused(source, "volume attribute " + attribute));
    }
    options[attribute] = value;
  }
  if (!options.contains("volumeId") && !options.contains("volumeSize")) {
    return std::unexpected(
        Invalid(source.path, "a disk needs the volume attribute volumeId or volumeSize"));
  }
  return options;
}

std::vector<std::string> SplitMountOptions(const std::vector<std::string>& entries) {
  std::vector<std::string> options;
  for (const std::string& entry : entries) {
    for (std::string& option : SplitList(entry)) options.push_back(std::move(option));
  }
  return options;
}

// As the driver has it, mount options come before the attributes `vers` and `options`.
void AddNasMountOptions(const std::vector<std::string>& mount_options, Options* options) {
  std::vector<std::string> others;
  for (const std::string& option : mount_options) {
    const std::size_t equals = option.find('=');
    const std::string name = option.substr(0, equals);
    const bool version = name == "vers" || name == "nfsvers";
    if (version && equals != std::string::npos) {
      (*options)["vers"] = option.substr(equals + 1);
    } else {
      others.push_back(option);
    }
  }
  if (!others.empty()) (*options)["options"] = fmt::format("{}", fmt::join(others, ","));
}

// The value of a key in any of its spellings, without the white space that editors leave.
std::string ValueOf(const core::Secret& secret, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const auto found = secret.data().find(std::string(key));
    if (found == secret.data().end()) continue;
    const std::string& value = found->second;
    const std::size_t first = value.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) continue;
    return value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
  }
  return {};
}

Planned<void> AddOssKeys(const StorageSource& source, Options* options) {
  const core::Secret& secret = *source.secret;
  if (!ValueOf(secret, {"SecurityToken"}).empty()) {
    return std::unexpected(Refused(
        source,
        fmt::format("the temporary key in secret \"{}\" for a volume", secret.metadata().name())));
  }
  std::string id = ValueOf(secret, {"akId", "AccessKeyId"});
  std::string key = ValueOf(secret, {"akSecret", "AccessKeySecret"});
  if (id.empty() || key.empty()) {
    return std::unexpected(NotNow{
        NotNow::Kind::kWaiting,
        {.reason = "FailedMount",
         .message =
             fmt::format("{}: couldn't find keys akId and akSecret in Secret {}/{}", source.path,
                         secret.metadata().namespace_(), secret.metadata().name())},
        {}});
  }
  (*options)["akId"] = std::move(id);
  (*options)["akSecret"] = std::move(key);
  return {};
}

std::string ToJson(const Options& options) {
  boost::json::object object;
  for (const auto& [key, value] : options) object[key] = value;
  return boost::json::serialize(object);
}

void WriteNfs(const StorageSource& source, bool read_only, eci::v1::Volume* out) {
  out->set_type("NFSVolume");
  out->mutable_nfs_volume()->set_server(source.attributes.at("server"));
  out->mutable_nfs_volume()->set_path(source.attributes.at("path"));
  if (read_only) out->mutable_nfs_volume()->set_read_only(true);
}

Planned<Options> OptionsOf(const StorageSource& source, std::string_view flex,
                           const std::vector<std::string>& mount_options) {
  if (flex == kDisk) return DiskOptions(source);
  VK_TRY(options, PassAttributes(source, flex));
  if (flex == kNas) {
    AddNasMountOptions(mount_options, &options);
    options.try_emplace("path", "/");
  }
  if (flex == kOss && source.secret != nullptr) VK_CHECK_OK(AddOssKeys(source, &options));
  return options;
}

}  // namespace

bool NeedsSecret(std::string_view driver) { return FlexDriverOf(driver) == kOss; }

Planned<Storage> MakeStorage(const std::string& name, const StorageSource& source,
                             std::vector<FieldFinding>& weakened) {
  const std::string_view flex = FlexDriverOf(source.driver);
  const bool nfs = source.driver == kNfs && !source.is_inline;
  if (flex.empty() && !nfs) return std::unexpected(Refused(source, "driver " + source.driver));

  std::vector<std::string> mount_options = SplitMountOptions(source.mount_options);
  const bool said_read_only = std::erase(mount_options, "ro") > 0;
  std::erase(mount_options, "rw");
  Storage storage{.read_only = source.read_only || said_read_only, .disk = flex == kDisk};
  storage.volume.set_name(name);
  if (nfs) {
    WriteNfs(source, storage.read_only, &storage.volume);
  } else {
    VK_TRY(options, OptionsOf(source, flex, mount_options));
    storage.volume.set_type("FlexVolume");
    storage.volume.mutable_flex_volume()->set_driver(std::string(flex));
    if (storage.disk && !source.fs_type.empty()) {
      storage.volume.mutable_flex_volume()->set_fs_type(source.fs_type);
    }
    storage.volume.mutable_flex_volume()->set_options(ToJson(options));
  }
  if (!mount_options.empty() && flex != kNas) {
    weakened.push_back(
        {.path = fmt::format("mount options {} of {}", fmt::join(mount_options, ","), source.owner),
         .treatment = Treatment::kWeakened,
         .value = "",
         .why = "the cloud takes none for such a volume"});
  }
  return storage;
}

}  // namespace vk::translate
