#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event.h"
#include "provider/agent/input_source.h"
#include "provider/agent/pod_table.h"
#include "provider/kube/reflector.h"

namespace vk::agent {

// Pods of the node, from their reflector into the table. Core thread; all it refers to outlives it.
class PodFeed final : public kube::ReflectorSink {
 public:
  // Told of a pod that cannot be read.
  using OnUnreadable = std::function<void(const kube::ObjectIdentity& identity)>;

  // `synced` is set at the end of each list.
  PodFeed(PodTable& pods, base::Clock& clock, base::Event& synced, OnUnreadable on_unreadable)
      : pods_(pods), clock_(clock), synced_(synced), on_unreadable_(std::move(on_unreadable)) {}

  void OnListBegin() override { pods_.BeginReplace(); }
  void OnListPage(std::vector<kube::ListedObject> page) override;
  void OnListEnd(bool complete) override;
  void OnEvent(const kube::ObjectIdentity& identity, kube::WatchEvent event) override;

 private:
  void Take(const kube::ObjectIdentity& identity, const std::string& object,
            base::TimePoint received);

  PodTable& pods_;
  base::Clock& clock_;
  base::Event& synced_;
  const OnUnreadable on_unreadable_;
};

// All services, from their reflector into the inputs. As PodFeed.
class ServiceFeed final : public kube::ReflectorSink {
 public:
  // Told that a service cannot be read.
  using OnUnreadable = std::function<void()>;

  ServiceFeed(InputSource& inputs, OnUnreadable on_unreadable)
      : inputs_(inputs), on_unreadable_(std::move(on_unreadable)) {}

  void OnListBegin() override { inputs_.BeginServices(); }
  void OnListPage(std::vector<kube::ListedObject> page) override;
  void OnListEnd(bool complete) override { inputs_.EndServices(complete); }
  void OnEvent(const kube::ObjectIdentity& identity, kube::WatchEvent event) override;

 private:
  void Take(const std::string& object);

  InputSource& inputs_;
  const OnUnreadable on_unreadable_;
};

}  // namespace vk::agent
