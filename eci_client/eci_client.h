#pragma once

#include <string>

#include "eci_client/eci_api.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

// EciApi over a channel. Stateless; fills region_id in where a request leaves it out.
class EciClient final : public EciApi {
 public:
  // REQUIRES: `channel` outlives the client and its calls.
  EciClient(RpcChannel& channel, std::string region)
      : channel_(channel), region_(std::move(region)) {}

  boost::asio::awaitable<base::Result<Timed<v1::CreateContainerGroupResponse>>>
  CreateContainerGroup(v1::CreateContainerGroupRequest request, WriteLimits limits) override;
  boost::asio::awaitable<base::Result<v1::DeleteContainerGroupResponse>> DeleteContainerGroup(
      v1::DeleteContainerGroupRequest request, WriteLimits limits) override;
  boost::asio::awaitable<base::Result<v1::UpdateContainerGroupResponse>> UpdateContainerGroup(
      v1::UpdateContainerGroupRequest request, WriteLimits limits) override;
  boost::asio::awaitable<base::Result<v1::DescribeContainerGroupsResponse>> DescribeContainerGroups(
      v1::DescribeContainerGroupsRequest request, base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<v1::DescribeContainerGroupStatusResponse>>
  DescribeContainerGroupStatus(v1::DescribeContainerGroupStatusRequest request,
                               base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<v1::DescribeContainerGroupEventsResponse>>
  DescribeContainerGroupEvents(v1::DescribeContainerGroupEventsRequest request,
                               base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<v1::DescribeContainerLogResponse>> DescribeContainerLog(
      v1::DescribeContainerLogRequest request, base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<v1::DescribeMultiContainerGroupMetricResponse>>
  DescribeMultiContainerGroupMetric(v1::DescribeMultiContainerGroupMetricRequest request,
                                    base::TimePoint deadline) override;

 private:
  template <class Request>
  Request InRegion(Request request) const {
    if (request.region_id().empty()) request.set_region_id(region_);
    return request;
  }

  RpcChannel& channel_;
  const std::string region_;
};

}  // namespace vk::eci
