#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/kubernetes/core/v1/pod.pb.h"

namespace vk::translate {

// What becomes of a field of a pod. There is one rule for every field of every message that a rule
// of kind kInside reaches from Pod; a test walks the descriptors, so that a new field cannot be
// forgotten.
enum class Treatment {
  kMapped,   // Read by the translation, with all that is inside.
  kInside,   // A message or list of messages with rules of its own. `note`: the name under which
             // exceptions to them stand, empty for none.
  kIgnored,  // Makes no difference to what the group runs. `note`: why.
  kUnsupported,  // Refused when set. `note`: values that ask for what the group does anyway, one
                 // word each; empty text always is one.
  kAmounts,      // A map of resources. `note`: the names that are mapped.
};

struct FieldRule {
  std::string_view message;  // Its name in proto/kubernetes, or one that a kInside rule gives.
  std::string_view field;
  Treatment treatment;
  std::string_view note = {};
};

// Sorted by nothing in particular; one table for all pods.
std::span<const FieldRule> FieldRules();

// The paths of fields set in `pod` that PodToGroup does not map, such as "spec.hostIPC"; empty when
// it maps all.
std::vector<std::string> UnmappedFields(const k8s::io::api::core::v1::Pod& pod);

}  // namespace vk::translate
