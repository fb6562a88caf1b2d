#include "provider/kube/testing/selector.h"

#include <fmt/core.h>

#include <algorithm>

#include "provider/kube/testing/api_error.h"

namespace vk::kube {

base::Result<Selector> Selector::Parse(std::string_view text) {
  Selector selector;
  while (!text.empty()) {
    const std::string_view term = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), term.size() + 1));
    const std::size_t sign = term.find('=');
    if (sign == std::string_view::npos || sign == 0)
      return std::unexpected(BadRequest(fmt::format("cannot parse selector \"{}\"", term)));
    const bool equal = term[sign - 1] != '!';
    std::string_view value = term.substr(sign + 1);
    if (equal && value.starts_with('=')) value.remove_prefix(1);
    selector.requirements_.push_back(
        {std::string(term.substr(0, equal ? sign : sign - 1)), std::string(value), equal});
  }
  return selector;
}

bool Selector::Matches(const std::map<std::string, std::string>& values) const {
  return std::ranges::all_of(requirements_, [&values](const Requirement& requirement) {
    const auto found = values.find(requirement.key);
    return requirement.equal == (found != values.end() && found->second == requirement.value);
  });
}

std::string Selector::FirstUnknown(const std::vector<std::string_view>& known) const {
  for (const Requirement& requirement : requirements_) {
    if (std::ranges::find(known, requirement.key) == known.end()) return requirement.key;
  }
  return "";
}

}  // namespace vk::kube
