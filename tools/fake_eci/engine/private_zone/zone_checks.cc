// What a record of a zone may be.

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/private_zone/zones.h"

namespace vk::fake {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestText = 512;
constexpr std::size_t kLongestRemark = 50;
constexpr std::array kTtls = {5, 30, 60, 3600, 43200, 86400};

bool IsAddress(int family, const std::string& value) {
  in6_addr address{};
  return ::inet_pton(family, value.c_str(), &address) == 1;
}

bool IsNumber(const std::string& text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// "priority weight port target"
bool IsService(const std::string& value) {
  std::istringstream words(value);
  std::string priority, weight, port, target, more;
  words >> priority >> weight >> port >> target;
  return IsNumber(priority) && IsNumber(weight) && IsNumber(port) && IsDomainName(target) &&
         !(words >> more);
}

bool IsValueOf(const std::string& type, const std::string& value) {
  if (type == "A") return IsAddress(AF_INET, value);
  if (type == "AAAA") return IsAddress(AF_INET6, value);
  if (type == "SRV") return IsService(value);
  if (type == "TXT") return !value.empty() && value.size() <= kLongestText;
  return IsDomainName(value);
}

// Letters of every script are Chinese or English enough here.
base::Status CheckRemark(std::string_view remark) {
  std::size_t characters = 0;
  bool allowed = true;
  for (const char c : remark) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) ++characters;
    allowed &= byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c >= '0' && c <= '9') || std::string_view("_-,. ").contains(c);
  }
  if (allowed && characters <= kLongestRemark) return {};
  return std::unexpected(CloudError("Zone.Remark"));
}

bool IsHostIn(const Zone& zone, std::string_view host) {
  if (host == "@") return true;
  return IsDomainName(host) && !host.ends_with('.') &&
         host.size() + 1 + zone.facts.name.size() <= kLongestName;
}

base::Status CheckConflict(const Zone& zone, const ZoneRecord& record) {
  for (const ZoneRecord* other : zone.Named(record.host)) {
    if (other->id == record.id) continue;
    const bool same =
        other->type == record.type && other->value == record.value && other->line == record.line;
    if (same || other->type == "CNAME" || record.type == "CNAME") {
      return std::unexpected(CloudError("Record.Invalid.Conflict"));
    }
  }
  return {};
}

}  // namespace

bool IsDomainName(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kLongestName) return false;
  while (true) {
    const std::string_view label = name.substr(0, name.find('.'));
    const bool letters = std::ranges::all_of(label, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    });
    if (label.empty() || label.size() > kLongestLabel || !letters) return false;
    if (label.size() == name.size()) return true;
    name.remove_prefix(label.size() + 1);
  }
}

base::Status CheckRecord(const Zone& zone, const ZoneRecord& record) {
  VK_CHECK_OK(CheckOneOf("Type", true, record.type, "A AAAA CNAME MX PTR SRV TXT"));
  if (!IsHostIn(zone, record.host)) {
    return std::unexpected(InvalidParameter("Rr", fmt::format("\"{}\" is no host", record.host)));
  }
  if (!IsValueOf(record.type, record.value)) {
    return std::unexpected(InvalidParameter(
        "Value", fmt::format("\"{}\" is no value of type {}", record.value, record.type)));
  }
  if (std::ranges::find(kTtls, record.ttl) == kTtls.end()) {
    return std::unexpected(
        InvalidParameter("Ttl", fmt::format("it must be one of {}", fmt::join(kTtls, ", "))));
  }
  VK_CHECK_OK(CheckRange("Priority", record.type == "MX", record.priority, 1, 99));
  VK_CHECK_OK(CheckRange("Weight", true, record.weight, 1, 100));
  VK_CHECK_OK(CheckRemark(record.remark));
  return CheckConflict(zone, record);
}

}  // namespace vk::fake
