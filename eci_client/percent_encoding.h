#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vk::eci {

// Names and values as they stand in a query or a form body: decoded, in the order they came.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;

// Bounds what one request can make a server hold; the largest group the cloud allows has a fifth.
inline constexpr std::size_t kMaxParameters = 50'000;

// RFC 3986: A-Z a-z 0-9 - _ . ~ stay, every other byte becomes %XX in upper case. What signatures
// are made of.
[[nodiscard]] std::string PercentEncode(std::string_view text);

// Errors: kInvalidArgument when a % is not followed by two hexadecimal digits.
[[nodiscard]] base::Result<std::string> PercentDecode(std::string_view text);

// "name=value&name=value" of a URL's query or of a form body; "" gives no pairs, "name" an empty
// value. A plus is a space in both: the old Go SDK writes it so, and every SDK writes %2B for a
// plus. Errors: kInvalidArgument for a bad escape and for more than kMaxParameters pairs.
[[nodiscard]] base::Result<QueryPairs> ParseQuery(std::string_view text);

// The reverse, in the order given.
[[nodiscard]] std::string FormatQuery(const QueryPairs& pairs);

}  // namespace vk::eci
