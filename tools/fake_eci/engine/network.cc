#include "tools/fake_eci/engine/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "tools/fake_eci/engine/cloud_error.h"

namespace vk::fake {
namespace {

constexpr std::string_view kDefaultVSwitch = "vsw-default";
constexpr std::string_view kDefaultVpc = "vpc-default";
constexpr int kHostsPerByte = 254;

std::optional<std::uint32_t> ParseAddress(std::string_view text) {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number > 255) return std::nullopt;
    address = address << 8 | number;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part == 3) break;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  return text.empty() ? std::optional(address) : std::nullopt;
}

std::string AddressText(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255,
                     address & 255);
}

}  // namespace

base::Result<AddressPlan> PlanFor(std::string_view network) {
  const std::size_t slash = network.find('/');
  const auto first = ParseAddress(network.substr(0, slash));
  if (!first || (*first & 0xffff) != 0 || slash == std::string_view::npos ||
      network.substr(slash) != "/16") {
    return std::unexpected(base::Error(
        base::ErrorCode::kInvalidArgument,
        fmt::format("\"{}\" is no network of 16 bits, such as 172.30.0.0/16", network)));
  }
  return AddressPlan{
      .first = *first, .per_vswitch = 1u << 12, .vswitches = 16, .most_addresses = 4'000};
}

bool IsResourceId(std::string_view id, std::string_view prefix) {
  if (!id.starts_with(prefix) || id.size() < prefix.size() + 2 || id[prefix.size()] != '-') {
    return false;
  }
  id.remove_prefix(prefix.size() + 1);
  return id.size() <= 60 && std::ranges::all_of(id, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

void Network::Add(VSwitch vswitch) {
  closed_ = true;
  const auto [it, added] = vswitches_.try_emplace(vswitch.id);
  if (added) {
    vswitch.subnet = next_subnet_++ % plan_.vswitches;
  } else {
    vswitch.subnet = it->second.subnet;
    vswitch.used = std::move(it->second.used);
  }
  vswitch.addresses = std::min(vswitch.addresses, plan_.most_addresses);
  it->second = std::move(vswitch);
}

std::vector<std::string> Network::ZonesOf(std::string_view region) const {
  if (region == region_ && !zones_.empty()) return zones_;
  std::vector<std::string> zones;
  for (const char letter : {'h', 'i', 'j'}) zones.push_back(fmt::format("{}-{}", region, letter));
  return zones;
}

base::Result<VSwitch*> Network::Find(std::string_view region, std::string_view id,
                                     std::string_view zone) {
  const std::vector<std::string> zones = ZonesOf(region);
  if (!zone.empty() && std::ranges::find(zones, zone) == zones.end()) {
    return std::unexpected(
        InvalidParameter("ZoneId", fmt::format("{} has no zone {}", region, zone)));
  }
  const std::string name =
      id.empty() ? fmt::format("{}-{}", kDefaultVSwitch, region) : std::string(id);
  auto it = vswitches_.find(name);
  if (it == vswitches_.end()) {
    if (!IsResourceId(name, "vsw")) {
      return std::unexpected(InvalidParameter("VSwitchId", fmt::format("{} is malformed", name)));
    }
    if (closed_ && !id.empty()) {
      return std::unexpected(InvalidParameter("VSwitchId", fmt::format("{} does not exist", name)));
    }
    VSwitch made;
    made.id = name;
    made.vpc_id = fmt::format("{}-{}", kDefaultVpc, region);
    made.subnet = next_subnet_++ % plan_.vswitches;
    made.addresses = plan_.most_addresses;
    made.zone = zone.empty() ? zones.front() : std::string(zone);
    it = vswitches_.emplace(name, std::move(made)).first;
  }
  if (std::ranges::find(zones, it->second.zone) == zones.end()) {
    return std::unexpected(
        InvalidParameter("VSwitchId", fmt::format("{} is not in {}", name, region)));
  }
  if (!zone.empty() && it->second.zone != zone) {
    return std::unexpected(CloudError("OperationDenied.VswZoneMisMatch"));
  }
  return &it->second;
}

void Network::Adopt(const std::string& vswitch_id, const std::string& vpc_id,
                    const std::string& zone, std::string_view address) {
  const auto parsed = ParseAddress(address);
  if (!parsed || *parsed < plan_.first) return;
  const std::uint32_t offset = *parsed - plan_.first;
  const auto [it, added] = vswitches_.try_emplace(vswitch_id);
  VSwitch& vswitch = it->second;
  if (added) {
    vswitch = {.id = vswitch_id, .vpc_id = vpc_id, .zone = zone, .addresses = plan_.most_addresses};
    vswitch.subnet = static_cast<int>(offset / plan_.per_vswitch);
    next_subnet_ = std::max(next_subnet_, vswitch.subnet + 1);
  }
  const std::uint32_t place = offset % plan_.per_vswitch;
  const int host = static_cast<int>(place / 256) * kHostsPerByte + static_cast<int>(place % 256);
  vswitch.used.insert(host);
  vswitch.next = std::max(vswitch.next, host + 1);
}

base::Result<std::string> Network::Take(VSwitch& vswitch) {
  if (static_cast<int>(vswitch.used.size()) >= vswitch.addresses) {
    return std::unexpected(CloudError("InvalidVSwitchId.IpNotEnough"));
  }
  int host = vswitch.next;
  while (host > vswitch.addresses || vswitch.used.contains(host)) {
    host = host >= vswitch.addresses ? 1 : host + 1;
  }
  vswitch.used.insert(host);
  vswitch.next = host + 1;
  const auto high = static_cast<std::uint32_t>((host - 1) / kHostsPerByte);
  const auto low = static_cast<std::uint32_t>((host - 1) % kHostsPerByte + 1);
  return AddressText(plan_.first + static_cast<std::uint32_t>(vswitch.subnet) * plan_.per_vswitch +
                     high * 256 + low);
}

void Network::Release(std::string_view vswitch_id, std::string_view address) {
  const auto it = vswitches_.find(vswitch_id);
  const auto parsed = ParseAddress(address);
  if (it == vswitches_.end() || !parsed) return;
  const std::uint32_t place = (*parsed - plan_.first) % plan_.per_vswitch;
  it->second.used.erase(static_cast<int>(place / 256) * kHostsPerByte +
                        static_cast<int>(place % 256));
}

}  // namespace vk::fake
