#pragma once

#include <string>

#include "provider/agent/pod_snapshot.h"

namespace vk::agent {

// What a person reads with `kubectl describe`. Never waits and never fails: what is in the way of
// more important calls is late, repeated events are counted together.
class Events {
 public:
  virtual ~Events() = default;
  virtual void OnPod(const PodSnapshot& pod, bool warning, const std::string& reason,
                     const std::string& message) = 0;
  // As above, but told of the pod once for each reason, by whichever process comes first.
  virtual void OnPodOnce(const PodSnapshot& pod, bool warning, const std::string& reason,
                         const std::string& message) = 0;
  // As above, but told once for each reason and message.
  virtual void OnPodOnceEach(const PodSnapshot& pod, bool warning, const std::string& reason,
                             const std::string& message) = 0;
  virtual void OnNode(bool warning, const std::string& reason, const std::string& message) = 0;
};

}  // namespace vk::agent
