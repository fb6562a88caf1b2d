#include "provider/agent/pod_gc_witness.h"

#include <algorithm>
#include <utility>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/scratch_pods.h"

namespace vk::agent {
namespace {

// What pod GC writes before it deletes a pod that has not ended. Source: Kubernetes,
// pkg/controller/podgc and the pod conditions' documentation.
bool TakenByPodGc(const PodSnapshot& snapshot) {
  ScratchPods scratch;
  const auto* const pod = scratch.Parse(snapshot.bytes);
  return pod != nullptr &&
         std::ranges::any_of(pod->status().conditions(), [](const auto& condition) {
           return condition.type() == "DisruptionTarget" && condition.status() == "True" &&
                  condition.reason() == "DeletionByPodGC";
         });
}

}  // namespace

void PodGcWitness::OnChange(const PodRecord& record) {
  const PodSnapshot& pod = *record.desired.pod;
  const bool runs =
      record.group.presence == GroupState::Presence::kPresent && !record.group.Ended();
  if (!pod.terminal() || !runs || told_.contains(pod.uid)) return;
  const std::optional<std::chrono::seconds> age = node_age_();
  if ((age && *age >= kYoung) || !TakenByPodGc(pod)) return;
  told_.insert(pod.uid);
  const std::string why = age ? "is only " + std::to_string(age->count()) + " s old" : "is absent";
  log_.Warn("pod GC deletes a pod whose container group runs",
            {{"pod", pod.ns + "/" + pod.name}, {"pod_uid", pod.uid}, {"group", record.group.id}});
  events_.OnNode(true, "RunningPodDeletedByPodGC",
                 "Pod GC deletes pod " + pod.ns + "/" + pod.name + ", whose container group " +
                     record.group.id + " runs, since this Node object " + why +
                     "; the group is deleted, too. Find out who deleted the Node");
}

}  // namespace vk::agent
