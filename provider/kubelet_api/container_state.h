#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vk::kubelet {

// What a pod's own status says of one container, as far as its log is concerned.
struct ContainerState {
  enum class Phase { kWaiting, kRunning, kTerminated };
  Phase phase = Phase::kWaiting;
  bool pod_ended = false;     // The pod is Succeeded or Failed.
  bool has_previous = false;  // It ended before and was started again, or waits for that.
  int restarts = 0;
  std::string waiting_reason;  // "ContainerCreating" where nothing else is known.
};

// Looks the container up in a pod's bytes: nothing when the pod has no such container. Errors: the
// bytes are no Pod.
base::Result<std::optional<ContainerState>> FindContainer(std::string_view pod_bytes,
                                                          std::string_view container);

}  // namespace vk::kubelet
