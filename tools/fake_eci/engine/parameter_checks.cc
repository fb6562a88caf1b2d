#include "tools/fake_eci/engine/parameter_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "tools/fake_eci/engine/cloud_error.h"

namespace vk::fake {
namespace {

constexpr std::size_t kMaxClientToken = 64;

}  // namespace

base::Status CheckClientToken(std::string_view token) {
  const bool ascii =
      std::ranges::all_of(token, [](char c) { return static_cast<unsigned char>(c) < 128; });
  if (ascii && token.size() <= kMaxClientToken) return {};
  return std::unexpected(InvalidParameter("ClientToken", "it must be at most 64 ASCII characters"));
}

base::Status CheckOneOf(std::string_view parameter, bool present, std::string_view value,
                        std::string_view allowed) {
  if (!present || value.empty()) return {};
  std::string_view rest = allowed;
  while (!rest.empty()) {
    const std::size_t space = rest.find(' ');
    if (rest.substr(0, space) == value) return {};
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
  }
  return std::unexpected(
      InvalidParameter(parameter, fmt::format("\"{}\" is none of {}", value, allowed)));
}

base::Status CheckRange(std::string_view parameter, bool present, double value, double low,
                        double high) {
  if (!present || (value >= low && value <= high)) return {};
  return std::unexpected(
      InvalidParameter(parameter, fmt::format("{} is not between {} and {}", value, low, high)));
}

base::Status ValidateTag(std::string_view key, std::string_view value) {
  const bool good_key = !key.empty() && key.size() <= 64 && !key.starts_with("aliyun") &&
                        !key.starts_with("acs:") && key.find("http://") == key.npos &&
                        key.find("https://") == key.npos;
  if (!good_key) {
    return std::unexpected(InvalidParameter(
        "Tag.Key", fmt::format("\"{}\" must be 1 to 64 characters, not start with aliyun or acs:, "
                               "and hold no http:// or https://",
                               key)));
  }
  if (value.size() <= 128 && !value.starts_with("acs:")) return {};
  return std::unexpected(InvalidParameter(
      "Tag.Value",
      fmt::format("of {} must be at most 128 characters and not start with acs:", key)));
}

}  // namespace vk::fake
