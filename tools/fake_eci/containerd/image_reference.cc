#include "tools/fake_eci/containerd/image_reference.h"

#include <algorithm>
#include <cstddef>

namespace vk::fake {
namespace {

constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxTag = 128;
constexpr std::size_t kMinDigest = 32;
constexpr std::size_t kIdSize = 64;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsHexadecimal(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Calls `is_good` for each part between the separators; false at the first that is not.
template <class IsGood>
bool AllParts(std::string_view text, char separator, IsGood is_good) {
  while (true) {
    const std::size_t end = text.find(separator);
    if (!is_good(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

// Letters and digits in lower case; between them one dot, one or two underscores, or hyphens.
bool IsPathPart(std::string_view part) {
  const auto alphanumeric = [](char c) { return IsLower(c) || IsDigit(c); };
  if (part.empty() || !alphanumeric(part.front()) || !alphanumeric(part.back())) return false;
  while (!part.empty()) {
    const auto word_end = std::ranges::find_if_not(part, alphanumeric);
    const auto next_word = std::find_if(word_end, part.end(), alphanumeric);
    const std::string_view separator(word_end, next_word);
    const bool hyphens = std::ranges::all_of(separator, [](char c) { return c == '-'; });
    if (!hyphens && separator != "." && separator != "_" && separator != "__") return false;
    part = std::string_view(next_word, part.end());
  }
  return true;
}

bool IsHostLabel(std::string_view label) {
  return !label.empty() && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(
             label, [](char c) { return IsLower(c) || IsUpper(c) || IsDigit(c) || c == '-'; });
}

bool IsIpv6(std::string_view bracketed) {
  return bracketed.size() > 2 && bracketed.ends_with(']') &&
         std::ranges::all_of(bracketed.substr(1, bracketed.size() - 2),
                             [](char c) { return IsHexadecimal(c) || c == ':'; });
}

bool IsRegistry(std::string_view text) {
  const bool ipv6 = text.starts_with('[');
  const std::size_t colon = text.find(':', ipv6 ? text.find(']') : 0);
  if (colon != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    if (port.empty() || !std::ranges::all_of(port, IsDigit)) return false;
  }
  const std::string_view host = text.substr(0, colon);
  return ipv6 ? IsIpv6(host) : AllParts(host, '.', IsHostLabel);
}

// Without a dot, a port or a capital in it, the first part belongs to the path.
bool NamesRegistry(std::string_view first) {
  return first == "localhost" || first.contains('.') || first.contains(':') ||
         std::ranges::any_of(first, IsUpper);
}

bool IsName(std::string_view name) {
  if (name.size() > kMaxName) return false;
  const std::size_t slash = name.find('/');
  if (slash != std::string_view::npos && NamesRegistry(name.substr(0, slash))) {
    if (!IsRegistry(name.substr(0, slash))) return false;
    name.remove_prefix(slash + 1);
  }
  return AllParts(name, '/', IsPathPart);
}

bool IsTag(std::string_view tag) {
  const auto word = [](char c) { return IsLower(c) || IsUpper(c) || IsDigit(c) || c == '_'; };
  return !tag.empty() && tag.size() <= kMaxTag && word(tag.front()) &&
         std::ranges::all_of(tag, [&](char c) { return word(c) || c == '.' || c == '-'; });
}

bool IsDigest(std::string_view digest) {
  const std::size_t colon = digest.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  const std::string_view algorithm = digest.substr(0, colon);
  const std::string_view value = digest.substr(colon + 1);
  return (IsLower(algorithm.front()) || IsUpper(algorithm.front())) &&
         std::ranges::all_of(algorithm,
                             [](char c) {
                               return IsLower(c) || IsUpper(c) || IsDigit(c) ||
                                      std::string_view("+._-").contains(c);
                             }) &&
         value.size() >= kMinDigest && std::ranges::all_of(value, IsHexadecimal);
}

}  // namespace

bool IsImageReference(std::string_view text) {
  // It would be taken for an image's id.
  if (text.size() == kIdSize && std::ranges::all_of(text, IsHexadecimal)) return false;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    if (!IsDigest(text.substr(at + 1))) return false;
    text = text.substr(0, at);
  }
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find('/', colon) == std::string_view::npos) {
    if (!IsTag(text.substr(colon + 1))) return false;
    text = text.substr(0, colon);
  }
  return IsName(text);
}

}  // namespace vk::fake
