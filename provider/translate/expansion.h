#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vk::translate {

// The value of a variable, or nothing when it is unknown.
using VariableLookup = std::function<std::optional<std::string>(std::string_view name)>;

// Replaces `$(NAME)`: an unknown one stays as it is, `$$` becomes `$` (so `$$(NAME)` is the literal
// `$(NAME)`), any other `$` stays. Source: third_party/forked/golang/expansion.
std::string ExpandVariables(std::string_view text, const VariableLookup& lookup);

}  // namespace vk::translate
