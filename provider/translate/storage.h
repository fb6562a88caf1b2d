#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "provider/translate/planning.h"

// Storage as its CSI driver or its in-tree source describes it, and as the cloud takes it. Internal
// to provider/translate.
namespace vk::translate {

inline constexpr std::string_view kNfs = "nfs";

struct StorageSource {
  std::string path;    // "spec.volumes[0].persistentVolumeClaim"
  std::string owner;   // `PersistentVolume "data"`, "inline volume"; for people.
  std::string driver;  // "diskplugin.csi.alibabacloud.com", "alicloud/oss", kNfs, another's name.
  std::string handle;  // CSI's volumeHandle: of a disk its id.
  std::string fs_type;
  std::map<std::string, std::string> attributes;  // volumeAttributes, options; server and path.
  std::vector<std::string> mount_options;
  std::vector<std::string> zones;        // It can be reached in any of these; empty: in all.
  const core::Secret* secret = nullptr;  // With what the driver needs to reach it.
  bool read_only = false;                // Every mount of it is, then.
  bool is_inline = false;
};

// Storage, ready to be mounted.
struct Storage {
  eci::v1::Volume volume;
  bool read_only = false;
  bool disk = false;  // A file system of its own, at most at one group at a time.
};

// Whether the driver reads the Secret that its volumes name; of other drivers none is fetched.
bool NeedsSecret(std::string_view driver);

// The cloud's volume `name`. A disk is attached by its id alone, so that the cloud never deletes it
// with the group; an inline one without an id is made with its group and ends with it. A secret
// goes into the volume's options, which nothing logs. Mount options that the cloud has no place
// for are weakened. Errors: kUnsupported, naming the driver, the attribute or the file system;
// kWaiting for a key that the Secret does not have.
Planned<Storage> MakeStorage(const std::string& name, const StorageSource& source,
                             std::vector<FieldFinding>& weakened);

}  // namespace vk::translate
