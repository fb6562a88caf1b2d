#include "eci_client/flow_limits.h"

#include <algorithm>

namespace vk::eci {
namespace {

using enum FlowLimit::Use;

constexpr FlowLimit kPublished[] = {
    {"CreateContainerGroup", 1000, kWhole},
    {"CreateImageCache", 200, kWhole},
    {"DeleteContainerGroup", 1000, kWhole},
    {"DescribeContainerGroupMetric", 2000, kShared},
    {"DescribeContainerGroupPrice", 1000, kShared},
    {"DescribeContainerGroups", 2000, kShared},
    {"DescribeContainerLog", 500, kShared},
    {"DescribeMultiContainerGroupMetric", 500, kShared},
    {"ExecContainerCommand", 500, kWhole},
    {"RestartContainerGroup", 500, kWhole},
    {"UpdateContainerGroup", 500, kWhole},
};
constexpr FlowLimit kStatusBudget = {"DescribeContainerGroupStatus", 600, kWhole};
constexpr int kUnpublishedReads = 500;
constexpr int kUnpublishedWrites = 200;

bool IsRead(std::string_view action) {
  return action.starts_with("Describe") || action.starts_with("List") || action.starts_with("Get");
}

}  // namespace

std::span<const FlowLimit> PublishedFlowLimits() { return kPublished; }

FlowLimit FlowLimitOf(std::string_view action) {
  const auto* found = std::ranges::find(kPublished, action, &FlowLimit::action);
  if (found != std::end(kPublished)) return *found;
  if (action == kStatusBudget.action) return kStatusBudget;
  return IsRead(action) ? FlowLimit{action, kUnpublishedReads, kShared}
                        : FlowLimit{action, kUnpublishedWrites, kWhole};
}

}  // namespace vk::eci
