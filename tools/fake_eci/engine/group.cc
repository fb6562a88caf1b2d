#include "tools/fake_eci/engine/group.h"

#include <algorithm>
#include <utility>

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

void SimulatedContainer::KeepAsPrevious() {
  previous = current;
  previous_log = std::move(log);
  log.clear();
}

std::size_t Group::init_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(containers, &SimulatedContainer::init));
}

const char* Group::waiting_reason() const {
  return init_count() > 0 ? "PodInitializing" : "ContainerCreating";
}

SimulatedContainer* Group::Find(const std::string& container_name) {
  const auto it = std::ranges::find(containers, container_name, &SimulatedContainer::name);
  return it == containers.end() ? nullptr : &*it;
}

}  // namespace vk::fake
