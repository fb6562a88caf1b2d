#include "provider/kube/token_expiry.h"

#include <algorithm>
#include <boost/json/value.hpp>
#include <string>

#include "base/proto_json/base64.h"
#include "base/proto_json/json_text.h"

namespace vk::kube {
namespace {

// The alphabet of URLs, without padding (RFC 4648, section 5).
std::optional<std::string> DecodeUrlForm(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return base::Base64Decode(text);
}

}  // namespace

std::optional<std::int64_t> TokenEnds(std::string_view token) {
  const std::size_t begin = token.find('.');
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t end = token.find('.', begin + 1);
  if (end == std::string_view::npos) return std::nullopt;
  const auto text = DecodeUrlForm(std::string(token.substr(begin + 1, end - begin - 1)));
  if (!text) return std::nullopt;
  const auto claims = base::ParseJson(*text);
  if (!claims || !claims->is_object()) return std::nullopt;
  const auto* const ends = claims->get_object().if_contains("exp");
  if (ends == nullptr || !ends->is_number()) return std::nullopt;
  boost::system::error_code not_whole;
  const auto seconds = ends->to_number<std::int64_t>(not_whole);
  return not_whole ? std::nullopt : std::optional(seconds);
}

}  // namespace vk::kube
