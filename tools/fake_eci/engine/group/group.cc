#include "tools/fake_eci/engine/group/group.h"

#include <algorithm>
#include <utility>

namespace vk::fake {
namespace {

constexpr std::size_t kMaxEvents = 50;

}  // namespace

void SimulatedContainer::KeepAsPrevious() {
  previous = current;
  previous_log = std::move(log);
  log.clear();
}

int SimulatedContainer::LifeShown(bool before) const {
  const bool waits =
      current.state == ContainerRun::State::kWaiting && previous && !current.starting;
  return restart_count - (before && !waits ? 1 : 0);
}

void AddEvent(std::vector<GroupEvent>* events, base::WallTime now, std::string_view source,
              std::string_view type, std::string_view reason, std::string_view message) {
  for (GroupEvent& event : *events) {
    if (event.reason != reason || event.message != message) continue;
    ++event.count;
    event.last = now;
    return;
  }
  if (events->size() == kMaxEvents) events->erase(events->begin());
  events->push_back({.source = std::string(source),
                     .type = std::string(type),
                     .reason = std::string(reason),
                     .message = std::string(message),
                     .first = now,
                     .last = now});
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
