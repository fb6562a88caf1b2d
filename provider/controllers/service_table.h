#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "provider/controllers/object_mirror.h"
#include "provider/controllers/service_records.h"

namespace vk::controllers {

// All Services and the EndpointSlices behind them: which records they want. Used on the core
// thread.
class ServiceTable {
 public:
  // Told which Service changed, "default/web", or an endpoint of it.
  using OnChange = std::function<void(const std::string& service)>;

  struct Hooks {
    OnChange on_change;
    std::function<void()> on_list;  // A list of either kind has ended.
    std::function<void()> on_unreadable_service;
    std::function<void()> on_unreadable_slice;
  };

  // With `all`, every Service is in; else those with the annotation.
  ServiceTable(bool all, Hooks hooks);

  kube::ReflectorSink& service_sink() { return services_; }
  kube::ReflectorSink& slice_sink() { return slices_; }

  bool synced() const { return services_.synced() && slices_.synced(); }
  // What is missing here does not exist.
  bool complete() const { return services_.complete() && slices_.complete(); }

  // Null when there is none.
  const ServiceFacts* Find(const std::string& service) const { return services_.Find(service); }
  const std::map<std::string, ServiceFacts>& services() const { return services_.objects(); }

  // Those of a Service that is in; else none.
  std::vector<ServiceRecord> Records(const std::string& service) const;

 private:
  void SliceChanged(const std::string& slice, const SliceFacts* before, const SliceFacts* now);

  const bool all_;
  const OnChange on_change_;
  std::map<std::string, std::set<std::string>> slices_of_;  // By Service.
  ObjectMirror<ServiceFacts> services_;
  ObjectMirror<SliceFacts> slices_;
};

}  // namespace vk::controllers
