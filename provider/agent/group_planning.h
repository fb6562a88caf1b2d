#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "provider/agent/pod_snapshot.h"
#include "provider/translate/plan.h"
#include "provider/translate/references.h"

// What a request that makes or changes a pod's group is put together from. The pod is parsed for
// the length of a call. Pure.
namespace vk::agent {

// What the pod refers to, see translate::FindReferences.
translate::PodReferences ReferencesOf(const PodSnapshot& pod);

// The request for the pod's group, see translate::PodToGroup.
std::variant<translate::GroupPlan, translate::NotNow> PlanGroup(const PodSnapshot& pod,
                                                                const translate::PodInputs& inputs,
                                                                const translate::NodeFacts& node);

// The ClientToken of one request of this node: the same for the same subject (a pod's UID, a
// group's id) and change, in whichever process (docs/ownership.md §2 and §9).
std::string ClientToken(const translate::GroupIdentity& node, std::string_view subject,
                        std::string_view change);

}  // namespace vk::agent
