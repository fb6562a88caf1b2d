#include "provider/agent/recorded_events.h"

#include <utility>

namespace vk::agent {
namespace {

kube::EventObject About(const PodSnapshot& pod) {
  return {.api_version = "v1",
          .kind = "Pod",
          .ns = pod.ns,
          .name = pod.name,
          .uid = pod.uid,
          .resource_version = pod.resource_version,
          .field_path = {}};
}

}  // namespace

void RecordedEvents::OnPod(const PodSnapshot& pod, bool warning, const std::string& reason,
                           const std::string& message) {
  Record(About(pod), warning, reason, message, false);
}

void RecordedEvents::OnPodOnce(const PodSnapshot& pod, bool warning, const std::string& reason,
                               const std::string& message) {
  Record(About(pod), warning, reason, message, true);
}

void RecordedEvents::OnPodOnceEach(const PodSnapshot& pod, bool warning, const std::string& reason,
                                   const std::string& message) {
  Record(About(pod), warning, reason, message, true, message);
}

void RecordedEvents::OnNode(bool warning, const std::string& reason, const std::string& message) {
  Record({.api_version = "v1",
          .kind = "Node",
          .ns = {},
          .name = node_,
          .uid = controller_ != nullptr ? controller_->uid() : std::string(),
          .resource_version = {},
          .field_path = {}},
         warning, reason, message, false);
}

void RecordedEvents::Record(kube::EventObject about, bool warning, const std::string& reason,
                            const std::string& message, bool once, std::string once_for) {
  recorder_.Record({.about = std::move(about),
                    .type = warning ? kube::EventType::kWarning : kube::EventType::kNormal,
                    .reason = reason,
                    .message = message,
                    .at = {},
                    .once = once,
                    .once_for = std::move(once_for)});
}

}  // namespace vk::agent
