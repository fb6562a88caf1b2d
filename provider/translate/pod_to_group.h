#pragma once

#include <variant>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/translate/plan.h"
#include "provider/translate/references.h"

namespace vk::translate {

// Turns a pod into the request for its container group. Pure: no clock, no I/O; the same arguments
// give the same bytes.
std::variant<GroupPlan, NotNow> PodToGroup(const k8s::io::api::core::v1::Pod& pod,
                                           const PodInputs& inputs, const NodeFacts& node);

}  // namespace vk::translate
