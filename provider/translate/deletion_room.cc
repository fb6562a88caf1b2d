#include "provider/translate/deletion_room.h"

#include <algorithm>

#include "provider/translate/pre_stop_sleep.h"
#include "provider/translate/sidecars.h"

namespace vk::translate {

namespace core = k8s::io::api::core::v1;

bool MayHaveDeletionRoom(const core::PodSpec& spec) {
  return !HasSidecars(spec) &&
         std::ranges::none_of(spec.containers(), [](const core::Container& container) {
           return container.has_livenessprobe() || container.has_startupprobe();
         });
}

std::int64_t GroupGraceWithRoom(const core::PodSpec& spec, std::int64_t longest) {
  const std::int64_t own = GroupGrace(spec);
  return MayHaveDeletionRoom(spec) ? std::max(own, longest) : own;
}

}  // namespace vk::translate
