#include "tools/fake_eci/engine/group.h"

#include <algorithm>
#include <utility>

namespace vk::fake {
namespace {

constexpr std::size_t kMaxEvents = 50;

}  // namespace

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
