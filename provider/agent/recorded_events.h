#pragma once

#include <string>

#include "provider/agent/events.h"
#include "provider/agent/node_controller.h"
#include "provider/kube/event_recorder.h"

namespace vk::agent {

// Events on pods and on the agent's node, through the recorder. Core thread.
class RecordedEvents final : public Events {
 public:
  // REQUIRES: `recorder` outlives the object.
  RecordedEvents(kube::EventRecorder& recorder, std::string node)
      : recorder_(recorder), node_(std::move(node)) {}

  // Who knows the node's UID, which its events carry from then on. Outlives the object.
  void set_node(const NodeController* node) { controller_ = node; }

  void OnPod(const PodSnapshot& pod, bool warning, const std::string& reason,
             const std::string& message) override;
  void OnPodOnce(const PodSnapshot& pod, bool warning, const std::string& reason,
                 const std::string& message) override;
  void OnPodOnceEach(const PodSnapshot& pod, bool warning, const std::string& reason,
                     const std::string& message) override;
  void OnNode(bool warning, const std::string& reason, const std::string& message) override;

 private:
  void Record(kube::EventObject about, bool warning, const std::string& reason,
              const std::string& message, bool once, std::string once_for = {});

  kube::EventRecorder& recorder_;
  const std::string node_;
  const NodeController* controller_ = nullptr;
};

}  // namespace vk::agent
