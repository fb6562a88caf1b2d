#include "provider/kubelet_api/pod_list.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/proto_json/proto_json.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kubelet {
namespace {

using base::Result;
using base::Status;
using k8s::io::api::core::v1::Container;
using k8s::io::api::core::v1::Pod;

constexpr std::size_t kPodsPerWrite = 20;

bool IsRunning(const Pod& pod, const Container& container) {
  return std::ranges::any_of(pod.status().containerstatuses(), [&](const auto& status) {
    return status.name() == container.name() && status.state().has_running();
  });
}

// As the kubelet makes it up from what its container runtime shows.
std::optional<Pod> RunningPart(const Pod& pod) {
  Pod part;
  part.mutable_metadata()->set_name(pod.metadata().name());
  part.mutable_metadata()->set_namespace_(pod.metadata().namespace_());
  part.mutable_metadata()->set_uid(pod.metadata().uid());
  for (const Container& container : pod.spec().containers()) {
    if (!IsRunning(pod, container)) continue;
    Container& running = *part.mutable_spec()->add_containers();
    running.set_name(container.name());
    running.set_image(container.image());
  }
  if (part.spec().containers().empty()) return std::nullopt;
  return part;
}

// Empty for a pod that is not selected.
Result<std::string> JsonOf(const agent::PodSnapshot& snapshot, PodSelection selection) {
  Pod pod;
  VK_CHECK_OK(kube::FromBytes(snapshot.bytes, &pod));
  if (selection == PodSelection::kAll) return base::ToJson(pod, base::JsonNames::kKubernetes);
  const auto running = RunningPart(pod);
  if (!running) return "";
  return base::ToJson(*running, base::JsonNames::kKubernetes);
}

}  // namespace

boost::asio::awaitable<Status> WritePodList(const agent::PodAccess& pods, PodSelection selection,
                                            base::Log& log, base::HttpResponder& responder) {
  const auto views = pods.List();
  VK_CO_CHECK_OK(co_await responder.Start(200, {{"Content-Type", "application/json"}}));
  std::string text = R"({"kind":"PodList","apiVersion":"v1","metadata":{},"items":[)";
  bool first = true;
  std::size_t in_text = 0;
  for (const agent::PodView& view : views) {
    auto json = JsonOf(*view.pod, selection);
    if (!json) {
      log.Warn(
          "pod left out of a list",
          {{"namespace", view.pod->ns}, {"pod", view.pod->name}, {"error", json.error().message}});
      continue;
    }
    if (!json->empty()) {
      if (!std::exchange(first, false)) text += ',';
      text += *json;
    }
    if (++in_text < kPodsPerWrite) continue;
    VK_CO_CHECK_OK(co_await responder.Write(std::exchange(text, {})));
    in_text = 0;
  }
  co_return co_await responder.Write(std::move(text) + "]}\n");
}

}  // namespace vk::kubelet
