#pragma once

#include <cstdint>
#include <string>

#include "proto/eci/v1/container_group.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/agent/agent_world.h"
#include "tools/fake_eci/engine/records.h"

namespace vk::agent {

inline void SetEnv(k8s::io::api::core::v1::Container* container, const std::string& name,
                   const std::string& value) {
  k8s::io::api::core::v1::EnvVar* variable = container->add_env();
  variable->set_name(name);
  variable->set_value(value);
}

// The whole agent with one pod, "default/step", whose container prints a line and runs on.
class RunningPodWorld : public AgentWorld {
 protected:
  using AgentWorld::AgentWorld;

  static k8s::io::api::core::v1::Pod NewPod(const std::string& policy = "Never",
                                            std::int64_t grace = 1) {
    k8s::io::api::core::v1::Pod pod;
    pod.mutable_metadata()->set_name("step");
    pod.mutable_metadata()->set_namespace_("default");
    pod.mutable_spec()->set_nodename(kNode);
    pod.mutable_spec()->set_restartpolicy(policy);
    pod.mutable_spec()->set_dnspolicy("Default");
    pod.mutable_spec()->set_terminationgraceperiodseconds(grace);
    k8s::io::api::core::v1::Container* main = pod.mutable_spec()->add_containers();
    main->set_name("main");
    main->set_image("example/step:1");
    SetEnv(main, "FAKE_ECI_LOG", "got this far");
    return pod;
  }
  void Create(const k8s::io::api::core::v1::Pod& pod) {
    ASSERT_TRUE(server_.Create(kube::kPods, kStep, kube::ToBytes(pod)));
  }
  // The deadline is this many seconds from the pod's start.
  void SetDeadline(std::int64_t seconds) {
    k8s::io::api::core::v1::Pod pod = Pod("step");
    pod.mutable_spec()->set_activedeadlineseconds(seconds);
    pod.mutable_metadata()->clear_resourceversion();
    ASSERT_TRUE(server_.Update(kube::kPods, kStep, kube::ToBytes(pod)));
  }
  k8s::io::api::core::v1::PodStatus Status() const { return Pod("step").status(); }
  std::string PhaseAndReason() const { return Status().phase() + " " + Status().reason(); }
  const k8s::io::api::core::v1::ContainerStateTerminated& End() {
    status_ = Status();
    return status_.containerstatuses(0).state().terminated();
  }
  std::size_t Deletes() const { return cloud_.groups().at(0).deletes.size(); }
  void DeletePod(std::int64_t grace) {
    ASSERT_TRUE(server_.Delete(kube::kPods, kStep, {.grace_period_seconds = grace, .uid = {}}));
  }
  // As an operator does in the cloud's console.
  void DeleteGroup(bool force) {
    eci::v1::DeleteContainerGroupRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_container_group_id(cloud_.groups().at(0).id);
    request.set_force(force);
    eci::v1::DeleteContainerGroupResponse reply;
    ASSERT_TRUE(cloud_.Call("console", "DeleteContainerGroup", request, &reply).status);
  }

  const kube::ObjectKey kStep{.ns = "default", .name = "step", .subresource = {}};
  k8s::io::api::core::v1::PodStatus status_;
};

}  // namespace vk::agent
