#include "provider/app/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"

namespace vk::app {
namespace {

using base::ErrorCode;

constexpr std::chrono::seconds kLimit{15};
// What the cloud answers to a dry run that would have worked.
constexpr std::string_view kWouldWork[] = {"DryRunOperation", "DryRun.Success"};

bool WouldWork(const base::Error& error) {
  return std::ranges::find(kWouldWork, error.cloud_code) != std::end(kWouldWork);
}

// Shortages pass; they are the day's business of a running node.
bool IsShortage(const base::Error& error) {
  return error.code == ErrorCode::kNoCapacity || error.code == ErrorCode::kQuotaExceeded;
}

eci::v1::CreateContainerGroupRequest DryRun(const config::Options& options,
                                            const std::string& v_switch) {
  eci::v1::CreateContainerGroupRequest request;
  request.set_container_group_name("virtual-node-check");
  request.set_v_switch_id(v_switch);
  request.set_security_group_id(fmt::format("{}", fmt::join(options.security_groups, ",")));
  auto& container = *request.add_container();
  container.set_name("check");
  container.set_image("example/check:1");
  request.set_cpu(1);
  request.set_memory(2);
  request.set_dry_run(true);
  return request;
}

}  // namespace

boost::asio::awaitable<std::vector<std::string>> CheckRemotes(config::Options options,
                                                              kube::KubeApi& api,
                                                              eci::EciApi& cloud,
                                                              base::Clock& clock) {
  std::vector<std::string> problems;
  const auto space =
      co_await api.Get(kube::kNamespaces, {.ns = {}, .name = "kube-system", .subresource = {}},
                       clock.Now() + kLimit);
  if (!space) {
    problems.push_back("API server: " + space.error().message +
                       "; check the kubeconfig and that its server runs");
  }
  eci::v1::DescribeContainerGroupsRequest request;
  request.set_limit(1);
  const auto groups =
      co_await cloud.DescribeContainerGroups(std::move(request), clock.Now() + kLimit);
  if (!groups) {
    problems.push_back("cloud: " + groups.error().message);
    co_return problems;  // The same would be told once more for each vSwitch.
  }
  for (const std::string& v_switch : options.v_switches) {
    const auto made = co_await cloud.CreateContainerGroup(DryRun(options, v_switch),
                                                          {.deadline = clock.Now() + kLimit});
    if (made) {
      problems.push_back(fmt::format(
          "cloud: a dry run made container group {}; delete it, this endpoint knows no dry runs",
          made->reply.container_group_id()));
      break;
    }
    if (WouldWork(made.error()) || IsShortage(made.error())) continue;
    problems.push_back(fmt::format("cloud: a group in --vswitch {} with --security-group {}: {}",
                                   v_switch, fmt::join(options.security_groups, ","),
                                   made.error().message));
  }
  co_return problems;
}

}  // namespace vk::app
