#include "base/proto_json/base64.h"

#include <algorithm>
#include <cstdint>

namespace vk::base {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string Base64Encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view chunk = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t index = 0; index < 3; ++index) {
      bits = bits << 8 | (index < chunk.size() ? static_cast<unsigned char>(chunk[index]) : 0u);
    }
    for (std::size_t index = 0; index < 4; ++index) {
      text.push_back(index <= chunk.size() ? kAlphabet[bits >> (18 - 6 * index) & 63] : '=');
    }
  }
  return text;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  std::string digits(text);
  std::erase_if(digits, [](char c) { return c == '\n' || c == '\r'; });
  if (digits.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && digits.ends_with('='); ++padding) digits.pop_back();

  std::string bytes;
  std::uint32_t bits = 0;
  int pending = 0;  // Bits read but not written.
  for (const char digit : digits) {
    const std::size_t value = kAlphabet.find(digit);
    if (value == kAlphabet.npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      bytes.push_back(static_cast<char>(bits >> pending & 0xFF));
    }
  }
  const bool clean = (bits & ((1u << pending) - 1)) == 0;
  return clean ? std::optional(bytes) : std::nullopt;
}

}  // namespace vk::base
