#pragma once

#include <cstdint>
#include <string>

#include "provider/translate/planning.h"

namespace vk::translate {

// Limits of a volume of files, in bytes before base64. Source: ECI, "Mount a ConfigFile volume";
// the number of files is that of "CreateContainerGroup", ConfigFileToPath.
inline constexpr int kMostFiles = 90;
inline constexpr std::size_t kLargestFile = 32 * 1024;
inline constexpr std::size_t kLargestFileVolume = 60 * 1024;

// A volume as the cloud takes it: emptyDir, NFS and FlexVolume as they are; ConfigMap, Secret,
// downwardAPI and projected volumes as files whose contents are fixed now. Whatever a pod asks for,
// no more than the limits above is copied of its objects. `path` is the volume's, such as
// "spec.volumes[0]".
Planned<eci::v1::Volume> MakeVolume(const core::Volume& volume, const std::string& path,
                                    const Translation& translation);

// The digits of a file mode in octal, read as a decimal number: 420 (0644) is 644. So the cloud
// wants them.
std::int32_t OctalDigits(std::int32_t mode);

}  // namespace vk::translate
