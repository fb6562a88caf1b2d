#include "provider/kube/watch_decoder.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {

std::optional<WatchEventType> WatchEventTypeOf(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, WatchEventType>, 4> kTypes = {{
      {"ADDED", WatchEventType::kAdded},
      {"MODIFIED", WatchEventType::kModified},
      {"DELETED", WatchEventType::kDeleted},
      {"BOOKMARK", WatchEventType::kBookmark},
  }};
  const auto* found =
      std::ranges::find(kTypes, name, [](const auto& entry) { return entry.first; });
  if (found == kTypes.end()) return std::nullopt;
  return found->second;
}

base::Result<bool> EndsInitialEvents(std::string_view bookmark) {
  k8s::io::apimachinery::pkg::apis::meta::v1::PartialObjectMetadata object;
  VK_CHECK_OK(FromBytes(bookmark, &object));
  const auto& annotations = object.metadata().annotations();
  const auto end = annotations.find("k8s.io/initial-events-end");
  return end != annotations.end() && end->second == "true";
}

}  // namespace vk::kube
