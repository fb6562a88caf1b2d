#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/translate/field_table.h"
#include "provider/translate/plan.h"

namespace vk::translate {

// A field of a pod that is refused or weakened (kRefused, kWeakened, kMoot).
struct FieldFinding {
  std::string path;  // "spec.containers[1].securityContext.capabilities.drop"
  Treatment treatment;
  std::string value;  // "false"; empty: no scalar.
  std::string why;    // The note of the rule.
};

// All of them, in the order of the pod's fields.
std::vector<FieldFinding> JudgeFields(const k8s::io::api::core::v1::Pod& pod,
                                      const NodeFacts& node);

// The refusal of a pod for those of the findings that count: the refused ones, and the weakened
// ones where `strict`. Nothing if there are none.
std::optional<NotNow> RefusalFor(const std::vector<FieldFinding>& findings, bool strict);

// The one event for all weakened fields of a pod, without repeats for containers that have the
// same; nothing if there are none. Warning if one of them is kWeakened.
std::optional<Notice> NoticeFor(const std::vector<FieldFinding>& findings);

}  // namespace vk::translate
