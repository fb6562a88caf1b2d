#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/log.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/translate/status_group.h"

namespace vk::agent {

// A pod as the API server would send it, with what a test cares about.
struct PodText {
  std::string uid = "uid-1";
  std::string name = "web";
  std::string version = "10";
  std::string phase = "Pending";
  std::string group_id;           // In the annotation.
  std::string status_group_id;    // In the status.
  bool creation_refused = false;  // As its status tells.
  std::optional<int> deletion_grace;
  std::int64_t deletion_timestamp = 1;  // With a deletion_grace: in seconds since 1970.
  int grace = 30;
  std::string restart_policy = "Always";
  std::string sidecar{};  // Its name; empty: none.
  int pre_stop_sleep = 0;
  int active_deadline = 0;   // Seconds; 0: none.
  std::int64_t started = 0;  // status.startTime in seconds since 1970; 0: none.
};

inline std::string PodBytes(const PodText& text) {
  k8s::io::api::core::v1::Pod pod;
  pod.mutable_metadata()->set_uid(text.uid);
  pod.mutable_metadata()->set_name(text.name);
  pod.mutable_metadata()->set_namespace_("default");
  pod.mutable_metadata()->set_resourceversion(text.version);
  if (!text.group_id.empty()) {
    (*pod.mutable_metadata()->mutable_annotations())["k8s.aliyun.com/eci-instance-id"] =
        text.group_id;
  }
  if (text.deletion_grace) {
    pod.mutable_metadata()->mutable_deletiontimestamp()->set_seconds(text.deletion_timestamp);
    pod.mutable_metadata()->set_deletiongraceperiodseconds(*text.deletion_grace);
  }
  pod.mutable_spec()->set_terminationgraceperiodseconds(text.grace);
  pod.mutable_spec()->set_restartpolicy(text.restart_policy);
  if (text.active_deadline > 0) pod.mutable_spec()->set_activedeadlineseconds(text.active_deadline);
  if (!text.sidecar.empty()) {
    auto* sidecar = pod.mutable_spec()->add_initcontainers();
    sidecar->set_name(text.sidecar);
    sidecar->set_restartpolicy("Always");
  }
  auto* main = pod.mutable_spec()->add_containers();
  main->set_name("main");
  if (text.pre_stop_sleep > 0) {
    main->mutable_lifecycle()->mutable_prestop()->mutable_sleep()->set_seconds(text.pre_stop_sleep);
  }
  pod.mutable_status()->set_phase(text.phase);
  if (text.started != 0) pod.mutable_status()->mutable_starttime()->set_seconds(text.started);
  if (!text.status_group_id.empty()) {
    auto& condition = *pod.mutable_status()->add_conditions();
    condition.set_type(translate::kInstanceCreated);
    condition.set_status("True");
    condition.set_message(translate::InstanceMessage(text.status_group_id, ""));
  }
  if (text.creation_refused) {
    auto& condition = *pod.mutable_status()->add_conditions();
    condition.set_type(translate::kInstanceCreated);
    condition.set_status("False");
  }
  return pod.SerializeAsString();
}

class NullLog final : public base::Log {
 public:
  void Write(base::LogLevel, std::string_view, std::initializer_list<Field>) override {}
};

}  // namespace vk::agent
