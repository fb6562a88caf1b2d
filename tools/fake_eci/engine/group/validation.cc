#include "tools/fake_eci/engine/group/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/network.h"
#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/text.h"

namespace vk::fake {
namespace {

using eci::v1::CreateContainerGroupRequest;

constexpr std::size_t kMaxVSwitches = 10;
constexpr std::size_t kMaxSecurityGroups = 5;
constexpr std::size_t kMaxInstanceTypes = 5;

base::Status CheckName(const CreateContainerGroupRequest& request) {
  const std::string& name = request.container_group_name();
  const bool letters = std::ranges::all_of(
      name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (letters && name.size() >= 2 && name.size() <= 128 && name.front() != '-' &&
      name.back() != '-') {
    return {};
  }
  return std::unexpected(InvalidParameter(
      "ContainerGroupName", "it must be 2 to 128 of a-z, 0-9 and -, not at either end a -"));
}

base::Status CheckList(std::string_view parameter, std::string_view list, std::string_view prefix,
                       std::size_t most) {
  const std::vector<std::string> items = SplitCommas(list);
  if (items.size() > most) {
    return std::unexpected(
        InvalidParameter(parameter, fmt::format("at most {} are allowed", most)));
  }
  for (const std::string& item : items) {
    if (!prefix.empty() && !IsResourceId(item, prefix)) {
      return std::unexpected(InvalidParameter(parameter, fmt::format("{} is malformed", item)));
    }
  }
  return {};
}

base::Status CheckTags(const CreateContainerGroupRequest& request, const Limits& limits) {
  if (request.tag_size() > limits.tags) return std::unexpected(CloudError("NumberExceed.Tags"));
  std::set<std::string> keys;
  for (const eci::v1::Tag& tag : request.tag()) {
    VK_CHECK_OK(ValidateTag(tag.key(), tag.value()));
    if (!keys.insert(tag.key()).second) {
      return std::unexpected(InvalidParameter("Tag", fmt::format("{} is given twice", tag.key())));
    }
  }
  return {};
}

base::Status CheckSpot(const CreateContainerGroupRequest& request) {
  VK_CHECK_OK(CheckOneOf("SpotStrategy", request.has_spot_strategy(), request.spot_strategy(),
                         "NoSpot SpotWithPriceLimit SpotAsPriceGo"));
  if (request.spot_strategy() == "SpotWithPriceLimit" && !request.has_spot_price_limit()) {
    return std::unexpected(MissingParameter("SpotPriceLimit"));
  }
  const bool spot = request.has_spot_strategy() && request.spot_strategy() != "NoSpot";
  if (spot && request.instance_type().empty() && request.has_cpu() && request.cpu() < 2) {
    return std::unexpected(
        CloudError("InvalidSpotCpuMemorySpec", "Spot instances have at least 2 vCPU."));
  }
  return {};
}

base::Status CheckChoices(const CreateContainerGroupRequest& request) {
  const struct {
    std::string_view parameter;
    bool present;
    const std::string& value;
    std::string_view allowed;
  } choices[] = {
      {"RestartPolicy", request.has_restart_policy(), request.restart_policy(),
       "Always OnFailure Never"},
      {"DnsPolicy", request.has_dns_policy(), request.dns_policy(), "None Default"},
      {"OsType", request.has_os_type(), request.os_type(), "Linux Windows"},
      {"CpuArchitecture", request.has_cpu_architecture(), request.cpu_architecture(),
       "AMD64 ARM64"},
      {"ScheduleStrategy", request.has_schedule_strategy(), request.schedule_strategy(),
       "VSwitchOrdered VSwitchRandom"},
      {"EipISP", request.has_eip_isp(), request.eip_isp(), "BGP BGP_PRO"},
      {"ImageAccelerateMode", request.has_image_accelerate_mode(), request.image_accelerate_mode(),
       "nydus dadi p2p imc"},
  };
  for (const auto& choice : choices) {
    VK_CHECK_OK(CheckOneOf(choice.parameter, choice.present, choice.value, choice.allowed));
  }
  return {};
}

base::Status CheckRanges(const CreateContainerGroupRequest& request) {
  VK_CHECK_OK(CheckRange("EphemeralStorage", request.has_ephemeral_storage(),
                         request.ephemeral_storage(), 0, 5000));
  VK_CHECK_OK(CheckRange("MaxPendingMinute", request.has_max_pending_minute(),
                         request.max_pending_minute(), 10, 1440));
  VK_CHECK_OK(CheckRange("EipBandwidth", request.has_eip_bandwidth(), request.eip_bandwidth(), 0,
                         1'000'000));
  VK_CHECK_OK(CheckRange("Ipv6AddressCount", request.has_ipv6_address_count(),
                         request.ipv6_address_count(), 0, 1));
  VK_CHECK_OK(CheckRange("TerminationGracePeriodSeconds",
                         request.has_termination_grace_period_seconds(),
                         static_cast<double>(request.termination_grace_period_seconds()), 0, 1e9));
  return CheckRange("ActiveDeadlineSeconds", request.has_active_deadline_seconds(),
                    static_cast<double>(request.active_deadline_seconds()), 1, 1e9);
}

}  // namespace

const Limits& LimitsOf(LimitsSource source) {
  static const Limits documented{.environment_value = 256, .arguments = 10};
  static const Limits observed{.environment_value = 32u << 10, .arguments = 100};
  return source == LimitsSource::kDocumented ? documented : observed;
}

base::Status Validate(const CreateContainerGroupRequest& request, const Limits& limits) {
  if (request.container_group_name().empty()) {
    return std::unexpected(MissingParameter("ContainerGroupName"));
  }
  if (request.container().empty()) return std::unexpected(MissingParameter("Container"));
  VK_CHECK_OK(CheckName(request));
  VK_CHECK_OK(CheckList("VSwitchId", request.v_switch_id(), "vsw", kMaxVSwitches));
  VK_CHECK_OK(CheckList("SecurityGroupId", request.security_group_id(), "sg", kMaxSecurityGroups));
  VK_CHECK_OK(CheckList("InstanceType", request.instance_type(), "", kMaxInstanceTypes));
  VK_CHECK_OK(CheckTags(request, limits));
  VK_CHECK_OK(CheckChoices(request));
  VK_CHECK_OK(CheckRanges(request));
  VK_CHECK_OK(CheckSpot(request));
  VK_CHECK_OK(ValidateVolumes(request, limits));
  return ValidateContainers(request, limits);
}

}  // namespace vk::fake
