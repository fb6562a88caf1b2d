#pragma once

#include <cstddef>
#include <string_view>

namespace vk::base {

// Bytes of the well-formed UTF-8 sequence at the front of `text` (RFC 3629: no overlong forms, no
// surrogates); 0 when there is none. REQUIRES: `text` is not empty.
[[nodiscard]] std::size_t Utf8SequenceLength(std::string_view text);

[[nodiscard]] bool IsUtf8(std::string_view text);

}  // namespace vk::base
