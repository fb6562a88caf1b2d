#pragma once

#include <boost/asio/awaitable.hpp>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/keyed_workers.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "provider/agent/events.h"
#include "provider/agent/pod_table.h"

namespace vk::agent {

// Keeps a bug that one pod's step runs into from all other pods (docs/ownership.md §7): the pod is
// left as it is, its group too, and is tried again ever more rarely; whatever is poked meanwhile,
// no step of that worker runs before. People are told by an event of the pod. Core thread.
class Quarantine {
 public:
  // `worker` names whose steps these are, in the log. All outlive the object.
  Quarantine(std::string worker, const PodTable& pods, Events& events, base::Clock& clock,
             base::Log& log, base::Metrics& metrics, base::Random random);

  // `step`, with its exceptions caught. A step is `step` of KeyedWorkers.
  boost::asio::awaitable<std::optional<base::TimePoint>> Run(base::KeyedWorkers::Step step,
                                                             std::string uid);

  // Nothing is left of the pod.
  void Forget(const std::string& uid) { held_.erase(uid); }

 private:
  struct Held {
    int failures = 0;  // In a row.
    base::TimePoint next_try;
  };

  base::TimePoint Hold(const std::string& uid, const std::exception_ptr& bug);

  const std::string worker_;
  const PodTable& pods_;
  Events& events_;
  base::Clock& clock_;
  base::Log& log_;
  base::Random random_;
  base::Counter& bugs_;
  std::map<std::string, Held> held_;
};

}  // namespace vk::agent
