#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vk::kube {

// A field or label selector of equalities: "a=b,c==d,e!=f", all of which must hold. A value object
// without a thread.
class Selector {
 public:
  // Errors: kInvalidArgument for any other operator.
  static base::Result<Selector> Parse(std::string_view text);

  // True when every requirement holds; != also holds for what is absent.
  bool Matches(const std::map<std::string, std::string>& values) const;

  // The first key that is not among `known`, empty when there is none. Fields can be selected only
  // where the server knows them; labels always.
  std::string FirstUnknown(const std::vector<std::string_view>& known) const;

 private:
  struct Requirement {
    std::string key;
    std::string value;
    bool equal;
  };

  std::vector<Requirement> requirements_;
};

}  // namespace vk::kube
