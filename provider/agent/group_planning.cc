#include "provider/agent/group_planning.h"

#include <fmt/format.h>

#include "base/sha256.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/scratch_pods.h"
#include "provider/translate/pod_to_group.h"

namespace vk::agent {

translate::PodReferences ReferencesOf(const PodSnapshot& pod) {
  ScratchPods scratch;
  return translate::FindReferences(*scratch.Parse(pod.bytes));
}

std::variant<translate::GroupPlan, translate::NotNow> PlanGroup(const PodSnapshot& pod,
                                                                const translate::PodInputs& inputs,
                                                                const translate::NodeFacts& node) {
  ScratchPods scratch;
  return translate::PodToGroup(*scratch.Parse(pod.bytes), inputs, node);
}

std::string ClientToken(const translate::GroupIdentity& node, std::string_view subject,
                        std::string_view change) {
  return base::Sha256Hex(fmt::format("{}\n{}\n{}\n{}\n{}", node.cluster_id, node.kube_system_uid,
                                     node.node_name, subject, change));
}

}  // namespace vk::agent
