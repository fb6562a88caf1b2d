#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "tools/fake_eci/engine/latency.h"
#include "tools/fake_eci/engine/network.h"

namespace vk::fake {

// Which limits a creation is held to: what the documents say, or what the gateway was seen to let
// through.
enum class LimitsSource { kDocumented, kObserved };

// An image cache that exists from the start.
struct ReadyImageCache {
  std::string id;
  std::string name;
  std::vector<std::string> images;
};

// Where a group does not show although it runs, as when an index of the cloud is broken.
enum class Hidden {
  kInListings,  // Whatever they ask for.
  kEverywhere,  // Its log is not found either.
};

// What the documents leave open or a test wants to choose. The defaults are the likeliest reading.
struct Behaviours {
  LimitsSource limits = LimitsSource::kObserved;
  std::chrono::seconds token_lifetime{24 * 3600};
  std::chrono::milliseconds listing_lag{0};  // A new group shows in no listing before.
  std::chrono::seconds deleted_shown{60};    // A deleted group that ran shows its end for so long.
  bool delete_unknown_fails = true;          // 404, else success.
  // Containers may ask by ECI_CONTAINER_ variables how to be started and ended beside each other.
  bool container_controls = true;
  bool no_stock_is_asynchronous = false;  // ScheduleFailed, else OperationDenied.NoStock.
  std::map<std::string, Hidden> hidden;   // By id.
  // Tags whose values the status call shows as Namespace and uuid; a public caller sees them empty.
  std::string namespace_tag;
  std::string uuid_tag;
};

struct Quotas {
  double cpu = 50'000;  // The quota of all groups that have not ended.
  int groups = 20'000;
  int image_caches = 100;
};

struct CloudOptions {
  std::string region = "cn-hangzhou";  // That DescribeRegions names; every other is served, too.
  std::vector<std::string> zones;      // The zones of `region`; empty: three, -h, -i and -j.
  LatencyProfile latency;
  Behaviours behaviours;
  Quotas quotas;
  AddressPlan addresses;
  std::vector<VSwitch> vswitches;  // Empty: made on first use.
  std::vector<ReadyImageCache> image_caches;
  bool flow_limits = true;
  std::string exec_url = "wss://eci.example/exec/";  // Where the streams of exec calls are found.
  std::size_t kept_calls = 200'000;                  // Older records of calls are dropped.
};

}  // namespace vk::fake
