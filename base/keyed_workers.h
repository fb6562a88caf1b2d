#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/event.h"
#include "base/task_group.h"

namespace vk::base {

// One serial worker per key, a coroutine only while it has work (the kubelet's pod workers,
// pkg/kubelet/pod_workers.go). A key that is poked while its worker runs is looked at once more
// afterwards: the newest state wins, nothing queues up.
//
// Keys run at most `max_active` at a time, in the order they were poked; no more than one entry per
// key waits, so the queue is bounded by the number of keys. Used on one thread. REQUIRES: the task
// group ends before this object.
class KeyedWorkers {
 public:
  // Does one step of work for `key` and returns when to look again if nothing happens before.
  using Step = std::function<boost::asio::awaitable<std::optional<TimePoint>>(std::string key)>;

  KeyedWorkers(std::string name, std::size_t max_active, Step step, TaskGroup& tasks, Clock& clock,
               boost::asio::any_io_executor executor);

  // Starts the alarm that wakes keys at their time. Called once.
  void Start();

  // Something about `key` changed: look at it soon. Replaces a time that was set for it.
  void Poke(const std::string& key);

  // Drops what is planned for `key`. A running step ends on its own, a poke that came during it
  // still counts, and so does the time it returns: it returns nothing then.
  void Forget(const std::string& key);

  std::size_t waiting() const { return ready_.size(); }
  std::size_t active() const { return active_.size(); }
  bool idle() const { return ready_.empty() && active_.empty(); }

 private:
  boost::asio::awaitable<void> Work(std::string key);
  boost::asio::awaitable<void> Alarm();
  void StartNext();
  void PlanAt(const std::string& key, TimePoint when);
  void Unplan(const std::string& key);

  const std::string name_;
  const std::size_t max_active_;
  const Step step_;
  TaskGroup& tasks_;
  Clock& clock_;
  Event replanned_;
  std::list<std::string> ready_;
  std::map<std::string, std::list<std::string>::iterator> queued_;  // The places in ready_.
  std::map<std::string, bool> active_;                              // True: poked while it ran.
  std::set<std::pair<TimePoint, std::string>> plan_;
  std::map<std::string, TimePoint> planned_;  // The times of plan_, by key.
};

}  // namespace vk::base
