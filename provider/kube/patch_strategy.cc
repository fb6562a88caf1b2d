#include "provider/kube/patch_strategy.h"

#include <google/protobuf/descriptor.h>

#include "proto/wire/v1/options.pb.h"

namespace vk::kube {

PatchStrategy StrategyOf(const google::protobuf::FieldDescriptor& field) {
  const auto& options = field.options();
  const bool replace = options.GetExtension(wire::v1::replace);
  if (!options.HasExtension(wire::v1::merge_key))
    return replace ? PatchStrategy::kReplace : PatchStrategy::kPlain;
  if (replace) return PatchStrategy::kReplaceByKey;
  return options.GetExtension(wire::v1::merge_key).empty() ? PatchStrategy::kMergeAsSet
                                                           : PatchStrategy::kMergeByKey;
}

const google::protobuf::FieldDescriptor* KeyOfItems(
    const google::protobuf::FieldDescriptor& field) {
  const std::string key = field.options().GetExtension(wire::v1::merge_key);
  return key.empty() ? nullptr : field.message_type()->FindFieldByName(key);
}

}  // namespace vk::kube
