#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vk::translate {

// The value of a variable, or nothing when it is unknown.
using VariableLookup = std::function<std::optional<std::string>(std::string_view name)>;

// Replaces `$(NAME)`: an unknown one stays as it is, `$$` becomes `$` (so `$$(NAME)` is the literal
// `$(NAME)`), any other `$` stays. Source: third_party/forked/golang/expansion. Nothing when the
// result has more than `longest` bytes; takes no more memory than these and the longest value.
std::optional<std::string> ExpandVariables(std::string_view text, const VariableLookup& lookup,
                                           std::size_t longest);

}  // namespace vk::translate
