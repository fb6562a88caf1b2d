#include "tools/fake_eci/engine/text.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <utility>

#include "base/proto_json/rfc3339.h"
#include "tools/fake_eci/engine/cloud_error.h"

namespace vk::fake {
namespace {

constexpr std::string_view kPageTokenPrefix = "00000000-0000-4000-8000-";

std::string_view RegionCode(std::string_view region) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kCodes = {
      {{"cn-hangzhou", "bp1"},
       {"cn-shanghai", "uf6"},
       {"cn-beijing", "2ze"},
       {"cn-shenzhen", "wz9"},
       {"cn-zhangjiakou", "8vb"}}};
  for (const auto& [name, code] : kCodes) {
    if (region == name) return code;
  }
  return "t4n";
}

}  // namespace

std::string TimeText(base::WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  return base::FormatRfc3339({.seconds = seconds.count()}).value_or("");
}

std::optional<base::WallTime> ParseTime(std::string_view text) {
  const auto time = base::ParseRfc3339(text);
  if (!time) return std::nullopt;
  return base::WallTime(std::chrono::duration_cast<base::WallTime::duration>(
      std::chrono::seconds(time->seconds) + std::chrono::nanoseconds(time->nanos)));
}

std::int64_t UnixMilliseconds(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

base::WallTime FromUnixMilliseconds(std::int64_t milliseconds) {
  return base::WallTime(std::chrono::milliseconds(milliseconds));
}

std::string DrawRequestId(base::Random& random) {
  std::string digits = random.HexDigits(32);
  for (char& c : digits) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  const std::string_view d = digits;
  return fmt::format("{}-{}-{}-{}-{}", d.substr(0, 8), d.substr(8, 4), d.substr(12, 4),
                     d.substr(16, 4), d.substr(20));
}

std::string DrawResourceId(std::string_view prefix, std::string_view region, base::Random& random) {
  static constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string id = fmt::format("{}-{}", prefix, RegionCode(region));
  for (int i = 0; i < 16; ++i) {
    id += kLetters[static_cast<std::size_t>(
        random.Between(0, static_cast<std::int64_t>(kLetters.size()) - 1))];
  }
  return id;
}

std::vector<std::string> SplitCommas(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view part = list.substr(0, comma);
    if (!part.empty()) parts.emplace_back(part);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return parts;
}

base::Result<std::vector<std::string>> ParseTextArray(std::string_view parameter,
                                                      std::string_view json) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(json, error);
  std::vector<std::string> items;
  if (!error && value.is_array()) {
    for (const boost::json::value& item : value.get_array()) {
      if (!item.is_string())
        return std::unexpected(InvalidParameter(parameter, "items must be text"));
      items.emplace_back(item.get_string());
    }
    return items;
  }
  return std::unexpected(InvalidParameter(parameter, "it must be a JSON array of text"));
}

std::string PageToken(std::uint64_t last) {
  return fmt::format("{}{:012x}", kPageTokenPrefix, last);
}

std::optional<std::uint64_t> ParsePageToken(std::string_view token) {
  if (!token.starts_with(kPageTokenPrefix)) return std::nullopt;
  token.remove_prefix(kPageTokenPrefix.size());
  std::uint64_t last = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), last, 16);
  if (error != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return last;
}

}  // namespace vk::fake
