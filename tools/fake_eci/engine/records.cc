#include "tools/fake_eci/engine/records.h"

#include <algorithm>

namespace vk::fake {

bool IsEnded(const std::string& status) {
  return status == "Succeeded" || status == "Failed" || status == "Expired" ||
         status == "ScheduleFailed" || status == "Removed";
}

std::optional<Moment> GroupRecord::Reached(const std::string& status) const {
  const auto it = std::ranges::find(transitions, status, &Transition::status);
  if (it == transitions.end()) return std::nullopt;
  return it->at;
}

std::optional<Moment> GroupRecord::Ended() const {
  const auto it = std::ranges::find_if(transitions, IsEnded, &Transition::status);
  if (it == transitions.end()) return std::nullopt;
  return it->at;
}

}  // namespace vk::fake
