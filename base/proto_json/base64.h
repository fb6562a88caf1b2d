#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vk::base {

// RFC 4648, section 4: the standard alphabet, padded.
[[nodiscard]] std::string Base64Encode(std::string_view bytes);

// Skips CR and LF, as Go does; what is left must be exactly what Base64Encode writes, else nothing.
[[nodiscard]] std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace vk::base
