#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "provider/translate/field_findings.h"
#include "provider/translate/plan.h"
#include "provider/translate/sizing.h"

// What the steps of one translation share. Internal to provider/translate.
namespace vk::translate {

namespace core = k8s::io::api::core::v1;

// A step's product, or why the pod cannot become a group now.
template <class T>
using Planned = std::expected<T, NotNow>;

// What every step sees. Lives as long as one call of PodToGroup.
struct Translation {
  const core::Pod& pod;
  const PodInputs& inputs;
  const NodeFacts& node;
  Size size;  // What the group will have; for an ECS type, whose size we do not know, the wanted.
  std::vector<Notice>& notices;
  std::vector<FieldFinding>& weakened;  // One event tells of all.
};

// Refusals. `path` is the pod's field, such as "spec.containers[0].env[3]".
NotNow Unsupported(const std::vector<std::string>& paths);
NotNow Invalid(const std::string& path, const std::string& what);
NotNow TooLarge(const std::string& message);

// "spec.containers" and 2: "spec.containers[2]".
std::string At(std::string_view list, int index);

// The parts of a comma separated list, trimmed, without empty ones.
std::vector<std::string> SplitList(std::string_view list);

}  // namespace vk::translate
