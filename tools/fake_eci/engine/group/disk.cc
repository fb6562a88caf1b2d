#include "tools/fake_eci/engine/group/disk.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "proto/eci/v1/container_group.pb.h"

namespace vk::fake {

bool IsDisk(const eci::v1::Volume& volume) {
  return volume.type() == "DiskVolume" ||
         (volume.type() == "FlexVolume" && volume.flex_volume().driver() == "alicloud/disk");
}

std::string DiskIdOf(const eci::v1::Volume& volume) {
  if (!IsDisk(volume)) return {};
  if (volume.type() == "DiskVolume") return volume.disk_volume().disk_id();
  boost::system::error_code malformed;
  const boost::json::value options = boost::json::parse(volume.flex_volume().options(), malformed);
  const auto* object = malformed ? nullptr : options.if_object();
  const auto* id = object == nullptr ? nullptr : object->if_contains("volumeId");
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : "";
}

std::vector<std::string> DiskIdsOf(const eci::v1::CreateContainerGroupRequest& request) {
  std::vector<std::string> ids;
  for (const eci::v1::Volume& volume : request.volume()) {
    if (std::string id = DiskIdOf(volume); !id.empty()) ids.push_back(std::move(id));
  }
  return ids;
}

}  // namespace vk::fake
