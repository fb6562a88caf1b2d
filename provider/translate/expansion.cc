#include "provider/translate/expansion.h"

namespace vk::translate {

std::optional<std::string> ExpandVariables(std::string_view text, const VariableLookup& lookup,
                                           std::size_t longest) {
  std::string expanded;
  for (;;) {
    const std::size_t dollar = text.find('$');
    if (dollar == std::string_view::npos || dollar + 1 == text.size()) break;
    if (expanded.size() > longest) return std::nullopt;
    expanded += text.substr(0, dollar);
    text.remove_prefix(dollar + 1);
    const std::size_t close = text[0] == '(' ? text.find(')') : std::string_view::npos;
    if (text[0] == '$') {
      expanded += '$';
      text.remove_prefix(1);
    } else if (close == std::string_view::npos) {
      expanded += '$';
    } else {
      const std::string_view name = text.substr(1, close - 1);
      const auto value = lookup(name);
      expanded += value ? *value : "$" + std::string(text.substr(0, close + 1));
      text.remove_prefix(close + 1);
    }
  }
  expanded += text;
  if (expanded.size() > longest) return std::nullopt;
  return expanded;
}

}  // namespace vk::translate
