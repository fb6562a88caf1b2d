#include "provider/kubelet_api/container_state.h"

#include <algorithm>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kubelet {
namespace {

using k8s::io::api::core::v1::ContainerStatus;
using k8s::io::api::core::v1::Pod;

bool HasContainer(const Pod& pod, std::string_view name) {
  const auto is_it = [name](const auto& container) { return container.name() == name; };
  return std::ranges::any_of(pod.spec().containers(), is_it) ||
         std::ranges::any_of(pod.spec().initcontainers(), is_it) ||
         std::ranges::any_of(pod.spec().ephemeralcontainers(), [&](const auto& container) {
           return is_it(container.ephemeralcontainercommon());
         });
}

const ContainerStatus* FindStatus(const Pod& pod, std::string_view name) {
  for (const auto* statuses :
       {&pod.status().containerstatuses(), &pod.status().initcontainerstatuses(),
        &pod.status().ephemeralcontainerstatuses()}) {
    for (const ContainerStatus& status : *statuses)
      if (status.name() == name) return &status;
  }
  return nullptr;
}

}  // namespace

base::Result<std::optional<ContainerState>> FindContainer(std::string_view pod_bytes,
                                                          std::string_view container) {
  Pod pod;
  VK_CHECK_OK(kube::FromBytes(pod_bytes, &pod));
  if (!HasContainer(pod, container)) return std::nullopt;
  ContainerState state;
  state.pod_ended = pod.status().phase() == "Succeeded" || pod.status().phase() == "Failed";
  state.waiting_reason = "ContainerCreating";
  const ContainerStatus* const status = FindStatus(pod, container);
  if (!status) return state;
  state.restarts = status->restartcount();
  state.has_previous = status->laststate().has_terminated();
  if (status->state().has_running()) {
    state.phase = ContainerState::Phase::kRunning;
  } else if (status->state().has_terminated()) {
    state.phase = ContainerState::Phase::kTerminated;
  } else if (!status->state().waiting().reason().empty()) {
    state.waiting_reason = status->state().waiting().reason();
  }
  return state;
}

}  // namespace vk::kubelet
