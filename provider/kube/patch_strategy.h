#pragma once

#include <string_view>

namespace google::protobuf {
class FieldDescriptor;
}

namespace vk::kube {

// How a strategic merge treats one field: what proto/wire/v1/options.proto says about it.
enum class PatchStrategy {
  kPlain,         // Scalars and lists are replaced, messages and maps merged.
  kMergeByKey,    // A list of messages, merged by a key.
  kMergeAsSet,    // A list of scalars, merged as a set.
  kReplaceByKey,  // A list merged by a key that is not unique: replaced by a directive.
  kReplace,       // A message that is replaced as a whole.
};

PatchStrategy StrategyOf(const google::protobuf::FieldDescriptor& field);

// The field that is the key of the items; null unless the strategy has one.
const google::protobuf::FieldDescriptor* KeyOfItems(const google::protobuf::FieldDescriptor& field);

inline constexpr std::string_view kPatchDirective = "$patch";
inline constexpr std::string_view kDeleteFromList = "$deleteFromPrimitiveList/";

}  // namespace vk::kube
