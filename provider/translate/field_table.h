#pragma once

#include <span>
#include <string>
#include <string_view>

#include "provider/translate/field_conditions.h"

namespace vk::translate {

// What becomes of a field of a pod. Each field of each message that a kInside rule reaches from
// Pod has rules; a test walks the descriptors, so that a new field cannot be forgotten.
enum class Treatment {
  kMapped,    // The cloud does it.
  kEmulated,  // Done by other means with the same effect. `note`: how.
  kWeakened,  // The pod runs and what it asked for is not enforced, which cannot change what a
              // program computes; told by a Warning. `note`: what happens instead.
  kMoot,      // As kWeakened, told by a Normal event: sandbox or user id make it moot.
  kIgnored,   // Does not concern a node. `note`: why.
  kRefused,   // The program would compute something else, or could not start. `note`: why and what
              // to do.
  kInside,    // Besides the other rules of its field: those of the message within hold as well.
              // `note`: the name under which exceptions to them stand, empty for none.
  kAmounts,   // A map of resources, of which some are mapped. `note`: their names. Refused: others.
};

// A value counts as absent only if it is what the API server or the kubelet assumes for that very
// field. By themselves absent are: an unset field, an empty text, list or message (but a member of
// a union of sources or handlers, whose presence is the request), and zero where Kubernetes cannot
// tell it from unset.
struct FieldRule {
  std::string_view message;  // Its name in proto/kubernetes, or one that a kInside rule gives.
  std::string_view field;
  Treatment treatment;
  std::string_view note = {};
  std::string_view absent = {};          // Further absent values, a word each.
  const FieldCondition* when = nullptr;  // The first of a field's rules whose condition holds
                                         // counts; the last of them has none.
};

// One table for all pods; rules of one field stand together.
std::span<const FieldRule> FieldRules();

// Its parts, a source file each.
std::span<const FieldRule> PodFieldRules();
std::span<const FieldRule> ContainerFieldRules();
std::span<const FieldRule> VolumeFieldRules();

// The table by the paths of fields, in Markdown: a row for each rule. Fields of init containers
// stand only where they differ from those of containers. For docs/reference/pod-support.md.
std::string FieldsAsMarkdown();

}  // namespace vk::translate
