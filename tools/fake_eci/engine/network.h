#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vk::fake {

// A subnet of one zone.
struct VSwitch {
  std::string id;
  std::string vpc_id;
  std::string zone;
  int addresses = 65'000;
  std::set<int> used;  // Host numbers, from 1.
  int next = 1;        // Addresses are reused late, as in the cloud.
  int subnet = 0;      // Which of the network's parts it has.
};

// Which addresses vSwitches have: parts of equal size, one after the other. Within a part addresses
// that end in 0 or 255 are not given.
struct AddressPlan {
  std::uint32_t first = 0x0a000000;      // 10.0.0.0
  std::uint32_t per_vswitch = 1u << 16;  // A multiple of 256.
  int vswitches = 256;
  int most_addresses = 65'000;  // The most that one vSwitch has.
};

// The plan of a real network of 16 bits, such as "172.30.0.0/16": sixteen vSwitches; x.x.255.254,
// the gateway, is in none. Errors: kInvalidArgument.
base::Result<AddressPlan> PlanFor(std::string_view network);

// The account's networks: zones, vSwitches, addresses. A well-formed id that is not listed is made
// on first use, unless a list was given.
class Network {
 public:
  // `zones` are those of `region`; every other region has three of its own.
  Network(std::string region, std::vector<std::string> zones, AddressPlan plan)
      : region_(std::move(region)), zones_(std::move(zones)), plan_(plan) {}

  std::vector<std::string> ZonesOf(std::string_view region) const;

  // Lists a vSwitch; from the first on, unknown ids are refused. Replaces one of the same id but
  // for its used addresses.
  void Add(VSwitch vswitch);

  // The vSwitch for `id` (empty: the region's default one) in `zone` (empty: its own, or the
  // region's first). Errors: InvalidParameter (malformed or unknown),
  // OperationDenied.VswZoneMisMatch.
  base::Result<VSwitch*> Find(std::string_view region, std::string_view id, std::string_view zone);

  // Takes an address that a group has from before, and lists its vSwitch if it is not.
  void Adopt(const std::string& vswitch_id, const std::string& vpc_id, const std::string& zone,
             std::string_view address);

  // An unused address. Errors: InvalidVSwitchId.IpNotEnough.
  base::Result<std::string> Take(VSwitch& vswitch);
  void Release(std::string_view vswitch_id, std::string_view address);

  const std::map<std::string, VSwitch, std::less<>>& vswitches() const { return vswitches_; }

 private:
  std::string region_;
  std::vector<std::string> zones_;
  AddressPlan plan_;
  std::map<std::string, VSwitch, std::less<>> vswitches_;
  bool closed_ = false;
  int next_subnet_ = 0;
};

// `<prefix>-` and 1 to 60 lower-case letters and digits, such as "sg-bp1abc".
bool IsResourceId(std::string_view id, std::string_view prefix);

}  // namespace vk::fake
