#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vk::eci {

// How often an account may make a call in one region, as the cloud documents it ("Limits" of the
// ECI API reference). The fake cloud has a copy; faults_test.cc compares the two.
struct FlowLimit {
  // Readers share the account's limit with every other program of it, so each takes a part; who
  // creates or deletes may take it whole.
  enum class Use : std::uint8_t { kShared, kWhole };

  std::string_view action;
  int per_minute;
  Use use;
};

// The published limits, in alphabetical order.
std::span<const FlowLimit> PublishedFlowLimits();

// The limit a client should keep to: the published one; for DescribeContainerGroupStatus, which has
// none, the agent's own budget of 600 a minute; for others without one, the lowest that is
// published for their kind. The action of the result may refer to the argument.
FlowLimit FlowLimitOf(std::string_view action);

}  // namespace vk::eci
