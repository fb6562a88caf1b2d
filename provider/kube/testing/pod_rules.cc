#include "provider/kube/testing/pod_rules.h"

#include <fmt/core.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/testing/api_error.h"

namespace vk::kube {
namespace {

namespace core = k8s::io::api::core::v1;
using google::protobuf::RepeatedPtrField;
using google::protobuf::util::MessageDifferencer;

std::string_view DefaultPullPolicy(std::string_view image) {
  const std::size_t tag =
      image.find(':', image.rfind('/') == std::string_view::npos ? 0 : image.rfind('/'));
  const bool latest = image.find('@') == std::string_view::npos &&
                      (tag == std::string_view::npos || image.substr(tag) == ":latest");
  return latest ? "Always" : "IfNotPresent";
}

void DefaultProbe(core::Probe* probe) {
  if (probe->timeoutseconds() == 0) probe->set_timeoutseconds(1);
  if (probe->periodseconds() == 0) probe->set_periodseconds(10);
  if (probe->successthreshold() == 0) probe->set_successthreshold(1);
  if (probe->failurethreshold() == 0) probe->set_failurethreshold(3);
}

void DefaultContainer(core::Container* container) {
  if (container->terminationmessagepath().empty())
    container->set_terminationmessagepath("/dev/termination-log");
  if (container->terminationmessagepolicy().empty())
    container->set_terminationmessagepolicy("File");
  if (container->imagepullpolicy().empty())
    container->set_imagepullpolicy(std::string(DefaultPullPolicy(container->image())));
  for (core::ContainerPort& port : *container->mutable_ports()) {
    if (port.protocol().empty()) port.set_protocol("TCP");
  }
  if (container->has_livenessprobe()) DefaultProbe(container->mutable_livenessprobe());
  if (container->has_readinessprobe()) DefaultProbe(container->mutable_readinessprobe());
  if (container->has_startupprobe()) DefaultProbe(container->mutable_startupprobe());
  if (!container->has_resources()) return;
  core::ResourceRequirements& resources = *container->mutable_resources();
  resources.mutable_requests()->insert(resources.limits().begin(), resources.limits().end());
}

void DefaultSpec(core::PodSpec* spec) {
  if (spec->restartpolicy().empty()) spec->set_restartpolicy("Always");
  if (spec->dnspolicy().empty()) spec->set_dnspolicy("ClusterFirst");
  if (spec->schedulername().empty()) spec->set_schedulername("default-scheduler");
  if (!spec->has_terminationgraceperiodseconds()) spec->set_terminationgraceperiodseconds(30);
  if (!spec->has_enableservicelinks()) spec->set_enableservicelinks(true);
  if (spec->serviceaccountname().empty()) spec->set_serviceaccountname("default");
  spec->set_serviceaccount(spec->serviceaccountname());
  for (core::Container& container : *spec->mutable_initcontainers()) DefaultContainer(&container);
  for (core::Container& container : *spec->mutable_containers()) DefaultContainer(&container);
}

std::string QosClass(const core::PodSpec& spec) {
  bool any = false;
  bool all = true;
  const auto look = [&any, &all](const core::Container& container) {
    for (const char* name : {"cpu", "memory"}) {
      const auto& limits = container.resources().limits();
      const auto& requests = container.resources().requests();
      const auto limit = limits.find(name);
      const auto request = requests.find(name);
      any = any || limit != limits.end() || request != requests.end();
      all = all && limit != limits.end() && request != requests.end() &&
            limit->second.string() == request->second.string();
    }
  };
  std::ranges::for_each(spec.initcontainers(), look);
  std::ranges::for_each(spec.containers(), look);
  if (!any) return "BestEffort";
  return all ? "Guaranteed" : "Burstable";
}

// The spec without what may change in a pod that exists.
core::PodSpec Immutable(core::PodSpec spec) {
  for (core::Container& container : *spec.mutable_initcontainers()) container.clear_image();
  for (core::Container& container : *spec.mutable_containers()) container.clear_image();
  spec.clear_activedeadlineseconds();
  spec.clear_terminationgraceperiodseconds();
  spec.clear_tolerations();
  return spec;
}

bool MayRestart(const core::PodSpec& spec, const core::ContainerStateTerminated& ended) {
  return spec.restartpolicy() == "Always" ||
         (spec.restartpolicy() == "OnFailure" && ended.exitcode() != 0);
}

// A native sidecar, which starts again whatever the pod's policy.
bool IsSidecar(const core::PodSpec& spec, const std::string& name) {
  return std::ranges::any_of(spec.initcontainers(), [&name](const core::Container& init) {
    return init.name() == name && init.restartpolicy() == "Always";
  });
}

base::Status CheckTransitions(const core::Pod& old,
                              const RepeatedPtrField<core::ContainerStatus>& before,
                              const RepeatedPtrField<core::ContainerStatus>& after,
                              std::string_view list) {
  for (int i = 0; i < before.size(); ++i) {
    const core::ContainerStatus& was = before[i];
    if (!was.state().has_terminated() || MayRestart(old.spec(), was.state().terminated())) continue;
    if (IsSidecar(old.spec(), was.name())) continue;
    const bool back = std::ranges::any_of(after, [&was](const core::ContainerStatus& is) {
      return is.name() == was.name() && !is.state().has_terminated();
    });
    if (!back) continue;
    return std::unexpected(Invalid("Pod", old.metadata().name(),
                                   fmt::format("status.{}[{}].state", list, i),
                                   "may not be transitioned to non-terminated state"));
  }
  return {};
}

// podIP and podIPs say the same thing; where they differ the older field counts.
void AlignPodIps(core::PodStatus* status) {
  if (status->podip().empty() && !status->podips().empty())
    status->set_podip(status->podips(0).ip());
  if (status->podip().empty()) return;
  if (!status->podips().empty() && status->podips(0).ip() == status->podip()) return;
  status->clear_podips();
  status->add_podips()->set_ip(status->podip());
}

template <class Ip>
base::Status CheckAddresses(const core::Pod& pod, const RepeatedPtrField<Ip>& addresses,
                            std::string_view field) {
  std::set<bool> families;
  for (const Ip& address : addresses) {
    if (families.insert(address.ip().find(':') != std::string::npos).second) continue;
    return std::unexpected(Invalid("Pod", pod.metadata().name(), fmt::format("status.{}", field),
                                   "may specify no more than one IP for each IP family"));
  }
  return {};
}

// What an older agent leaves out is not taken back.
void KeepObservedGeneration(const core::PodStatus& old, core::PodStatus* status) {
  if (status->observedgeneration() == 0 && old.observedgeneration() != 0)
    status->set_observedgeneration(old.observedgeneration());
  for (core::PodCondition& condition : *status->mutable_conditions()) {
    const auto was =
        std::ranges::find(old.conditions(), condition.type(), &core::PodCondition::type);
    if (was != old.conditions().end() && condition.observedgeneration() == 0 &&
        was->observedgeneration() != 0)
      condition.set_observedgeneration(was->observedgeneration());
  }
}

}  // namespace

base::Status PreparePodCreate(core::Pod* pod) {
  if (pod->spec().containers().empty())
    return std::unexpected(
        Invalid("Pod", pod->metadata().name(), "spec.containers", "required value"));
  DefaultSpec(pod->mutable_spec());
  pod->clear_status();
  pod->mutable_status()->set_phase("Pending");
  pod->mutable_status()->set_qosclass(QosClass(pod->spec()));
  pod->mutable_metadata()->set_generation(1);
  return {};
}

base::Status PreparePodUpdate(const core::Pod& old, core::Pod* pod) {
  *pod->mutable_status() = old.status();
  DefaultSpec(pod->mutable_spec());
  if (MessageDifferencer::Equivalent(old.spec(), pod->spec())) return {};
  if (!MessageDifferencer::Equivalent(Immutable(old.spec()), Immutable(pod->spec())))
    return std::unexpected(Invalid("Pod", old.metadata().name(), "spec",
                                   "pod updates may not change fields other than images, "
                                   "activeDeadlineSeconds, terminationGracePeriodSeconds and "
                                   "tolerations"));
  pod->mutable_metadata()->set_generation(old.metadata().generation() + 1);
  return {};
}

base::Status PreparePodStatusUpdate(const core::Pod& old, core::Pod* pod) {
  *pod->mutable_spec() = old.spec();
  *pod->mutable_metadata()->mutable_ownerreferences() = old.metadata().ownerreferences();
  const core::PodStatus& before = old.status();
  core::PodStatus& after = *pod->mutable_status();
  if (after.qosclass().empty()) after.set_qosclass(before.qosclass());
  if (after.qosclass() != before.qosclass())
    return std::unexpected(
        Invalid("Pod", old.metadata().name(), "status.qosClass", "field is immutable"));
  KeepObservedGeneration(before, &after);
  AlignPodIps(&after);
  VK_CHECK_OK(CheckAddresses(old, after.podips(), "podIPs"));
  VK_CHECK_OK(CheckAddresses(old, after.hostips(), "hostIPs"));
  if (!after.hostips().empty() && after.hostips(0).ip() != after.hostip())
    return std::unexpected(
        Invalid("Pod", old.metadata().name(), "status.hostIPs[0].ip", "must be equal to `hostIP`"));
  VK_CHECK_OK(CheckTransitions(old, before.containerstatuses(), after.containerstatuses(),
                               "containerStatuses"));
  return CheckTransitions(old, before.initcontainerstatuses(), after.initcontainerstatuses(),
                          "initContainerStatuses");
}

std::int64_t DeletionGrace(const core::Pod& pod, std::optional<std::int64_t> asked) {
  const std::string& phase = pod.status().phase();
  if (pod.spec().nodename().empty() || phase == "Failed" || phase == "Succeeded") return 0;
  const std::int64_t grace = asked ? *asked : pod.spec().terminationgraceperiodseconds();
  return grace < 0 ? 1 : grace;
}

}  // namespace vk::kube
