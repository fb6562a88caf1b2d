#include "eci_client/percent_encoding.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace vk::eci {
namespace {

bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

base::Result<std::string> Decode(std::string_view text, char space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded.push_back(text[at] == space ? ' ' : text[at]);
      continue;
    }
    const std::string_view digits = text.substr(at + 1, 2);
    unsigned char byte = 0;
    const auto* end = std::from_chars(digits.begin(), digits.end(), byte, 16).ptr;
    if (digits.size() != 2 || end != digits.end()) {
      return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument,
                                         "decode query: % without two hexadecimal digits"));
    }
    decoded.push_back(static_cast<char>(byte));
    at += 2;
  }
  return decoded;
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded.push_back('%');
      encoded.push_back(kDigits[byte >> 4]);
      encoded.push_back(kDigits[byte & 0xF]);
    }
  }
  return encoded;
}

base::Result<std::string> PercentDecode(std::string_view text) { return Decode(text, ' '); }

base::Result<QueryPairs> ParseQuery(std::string_view text) {
  QueryPairs pairs;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    if (pairs.size() == kMaxParameters) {
      return std::unexpected(
          base::Error(base::ErrorCode::kInvalidArgument, "decode query: too many parameters"));
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    VK_TRY(name, Decode(pair.substr(0, equals), '+'));
    VK_TRY(value, Decode(pair.substr(std::min(equals + 1, pair.size())), '+'));
    pairs.emplace_back(std::move(name), std::move(value));
  }
  return pairs;
}

std::string FormatQuery(const QueryPairs& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) {
    if (!text.empty()) text.push_back('&');
    text += PercentEncode(name);
    text.push_back('=');
    text += PercentEncode(value);
  }
  return text;
}

}  // namespace vk::eci
