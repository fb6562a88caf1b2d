#include "provider/translate/field_table.h"

#include <vector>

namespace vk::translate {

std::span<const FieldRule> FieldRules() {
  static const std::vector<FieldRule> all = [] {
    std::vector<FieldRule> rules;
    for (const auto part : {PodFieldRules(), ContainerFieldRules(), VolumeFieldRules()}) {
      rules.insert(rules.end(), part.begin(), part.end());
    }
    return rules;
  }();
  return all;
}

}  // namespace vk::translate
