#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "base/clock.h"
#include "provider/agent/events.h"
#include "provider/agent/pod_table.h"

namespace vk::agent {

// Tells of containers that are not ready within the time of their startupProbe: a kubelet would
// restart them, and the cloud, which has no such probe, lets them run. One Warning
// StartupProbeOverdue for a pod. Looks at what is known already. Core thread.
class StartupWatch {
 public:
  // All outlive the object.
  StartupWatch(PodTable& pods, Events& events, base::Clock& clock)
      : pods_(pods), events_(events), clock_(clock) {}

  // Until cancelled.
  boost::asio::awaitable<void> Run();

  // Nothing is left of the pod.
  void Forget(const std::string& uid) { settled_.erase(uid); }

  static constexpr std::chrono::seconds kPeriod{5};

 private:
  void Poll(const PodRecord& record);
  bool Tell(const PodRecord& record, const StartupPatience& startup,
            const translate::ContainerObservation& seen);

  PodTable& pods_;
  Events& events_;
  base::Clock& clock_;
  // By pod and container: the run, by its number of restarts, that has started or was told of.
  std::map<std::string, std::map<std::string, std::int32_t>> settled_;
};

}  // namespace vk::agent
