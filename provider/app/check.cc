#include "provider/app/check.h"

#include "proto/eci/v1/container_group_view.pb.h"

namespace vk::app {
namespace {

constexpr std::chrono::seconds kLimit{15};

}  // namespace

boost::asio::awaitable<std::vector<std::string>> CheckRemotes(kube::KubeApi& api,
                                                              eci::EciApi& cloud,
                                                              base::Clock& clock) {
  std::vector<std::string> problems;
  const auto space =
      co_await api.Get(kube::kNamespaces, {.ns = {}, .name = "kube-system", .subresource = {}},
                       clock.Now() + kLimit);
  if (!space) problems.push_back("API server: " + space.error().message);
  eci::v1::DescribeContainerGroupsRequest request;
  request.set_limit(1);
  const auto groups =
      co_await cloud.DescribeContainerGroups(std::move(request), clock.Now() + kLimit);
  if (!groups) problems.push_back("cloud: " + groups.error().message);
  co_return problems;
}

}  // namespace vk::app
