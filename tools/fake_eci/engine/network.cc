#include "tools/fake_eci/engine/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tools/fake_eci/engine/cloud_error.h"

namespace vk::fake {
namespace {

constexpr std::string_view kDefaultVSwitch = "vsw-default";
constexpr std::string_view kDefaultVpc = "vpc-default";
constexpr int kHostsPerByte = 254;
constexpr int kSubnets = 256;

}  // namespace

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
    vswitch.subnet = next_subnet_++ % kSubnets;
  } else {
    vswitch.subnet = it->second.subnet;
    vswitch.used = std::move(it->second.used);
  }
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
    made.subnet = next_subnet_++ % kSubnets;
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
  return fmt::format("10.{}.{}.{}", vswitch.subnet, (host - 1) / kHostsPerByte,
                     (host - 1) % kHostsPerByte + 1);
}

void Network::Release(std::string_view vswitch_id, std::string_view address) {
  const auto it = vswitches_.find(vswitch_id);
  const std::size_t last_dot = address.rfind('.');
  if (it == vswitches_.end() || last_dot == std::string_view::npos) return;
  const std::size_t third_dot = address.rfind('.', last_dot - 1);
  int high = 0;
  int low = 0;
  std::from_chars(address.data() + third_dot + 1, address.data() + last_dot, high);
  std::from_chars(address.data() + last_dot + 1, address.data() + address.size(), low);
  it->second.used.erase(high * kHostsPerByte + low);
}

}  // namespace vk::fake
