#include "test/simulation/call_ledger.h"

#include "proto/kubernetes/authentication/v1/authentication.pb.h"
#include "proto/kubernetes/core/v1/event.pb.h"

namespace vk::simulation {

void CallLedger::NoteKubeCall(std::string_view verb, const kube::Resource& resource,
                              const kube::ObjectKey& key, std::string_view body) {
  int PodCalls::* count = nullptr;
  std::string pod = key.name;
  if (resource.plural == kube::kPods.plural && verb == "patch" && key.subresource == "status") {
    count = &PodCalls::status_patches;
  } else if (resource.plural == kube::kPods.plural && verb == "delete") {
    count = &PodCalls::deletes;
  } else if (key.subresource == "token") {
    k8s::io::api::authentication::v1::TokenRequest request;
    if (!request.ParseFromString(std::string(body))) return;
    pod = request.spec().boundobjectref().name();
    count = &PodCalls::tokens;
  } else if (resource.plural == kube::kEvents.plural) {
    // An event's name begins with that of its object; a patch of its count holds nothing else.
    pod = key.name.substr(0, key.name.rfind('.'));
    count = &PodCalls::events;
  }
  if (count == nullptr || pod.empty()) return;
  PodLife& life = pods_[pod];
  ++((deleting_.contains(pod) ? life.deleting : life.creating).*count);
}

std::size_t CallLedger::NoteCloudCall(const std::string& process, std::string_view action,
                                      base::TimePoint now) {
  ++cloud_calls_;
  std::deque<base::TimePoint>& calls = last_minute_[{process, std::string(action)}];
  while (!calls.empty() && now - calls.front() >= std::chrono::minutes(1)) calls.pop_front();
  calls.push_back(now);
  return calls.size();
}

}  // namespace vk::simulation
