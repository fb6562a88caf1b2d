#include "base/keyed_workers.h"

#include <utility>

namespace vk::base {

KeyedWorkers::KeyedWorkers(std::string name, std::size_t max_active, Step step, TaskGroup& tasks,
                           Clock& clock, boost::asio::any_io_executor executor)
    : name_(std::move(name)),
      max_active_(max_active),
      step_(std::move(step)),
      tasks_(tasks),
      clock_(clock),
      replanned_(std::move(executor)) {}

void KeyedWorkers::Start() { tasks_.Spawn(name_ + " alarm", Alarm()); }

void KeyedWorkers::Poke(const std::string& key) {
  Unplan(key);
  if (const auto running = active_.find(key); running != active_.end()) {
    running->second = true;
    return;
  }
  if (!queued_.contains(key)) queued_.emplace(key, ready_.insert(ready_.end(), key));
  StartNext();
}

void KeyedWorkers::Forget(const std::string& key) {
  Unplan(key);
  const auto queued = queued_.find(key);
  if (queued == queued_.end()) return;
  ready_.erase(queued->second);
  queued_.erase(queued);
}

void KeyedWorkers::StartNext() {
  while (!ready_.empty() && active_.size() < max_active_ && !tasks_.cancelled()) {
    const std::string key = std::move(ready_.front());
    ready_.pop_front();
    queued_.erase(key);
    active_.emplace(key, false);
    tasks_.Spawn(name_ + " " + key, Work(key));
  }
}

boost::asio::awaitable<void> KeyedWorkers::Work(std::string key) {
  std::optional<TimePoint> look_again;
  do {
    active_[key] = false;
    look_again = co_await step_(key);
  } while (active_[key] && !co_await Cancelled());
  active_.erase(key);
  if (look_again) PlanAt(key, *look_again);
  StartNext();
}

boost::asio::awaitable<void> KeyedWorkers::Alarm() {
  while (!co_await Cancelled()) {
    if (plan_.empty()) {
      (void)co_await replanned_.Wait();  // Its only error is a cancellation, which the loop sees.
      continue;
    }
    const TimePoint next = plan_.begin()->first;
    if (clock_.Now() < next) (void)co_await replanned_.WaitUntil(clock_, next);
    while (!plan_.empty() && plan_.begin()->first <= clock_.Now()) {
      Poke(std::string(plan_.begin()->second));
    }
  }
}

void KeyedWorkers::PlanAt(const std::string& key, TimePoint when) {
  Unplan(key);
  const bool first = plan_.empty() || when < plan_.begin()->first;
  planned_.emplace(key, when);
  plan_.emplace(when, key);
  if (first) replanned_.Set();
}

void KeyedWorkers::Unplan(const std::string& key) {
  const auto found = planned_.find(key);
  if (found == planned_.end()) return;
  plan_.erase({found->second, key});
  planned_.erase(found);
}

}  // namespace vk::base
