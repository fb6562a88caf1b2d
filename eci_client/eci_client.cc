#include "eci_client/eci_client.h"

#include <utility>

#include "eci_client/typed_call.h"
#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/eci/v1/metric.pb.h"

namespace vk::eci {

using base::Result;
using base::TimePoint;
using boost::asio::awaitable;

awaitable<Result<Timed<v1::CreateContainerGroupResponse>>> EciClient::CreateContainerGroup(
    v1::CreateContainerGroupRequest request, WriteLimits limits) {
  return TimedCall<v1::CreateContainerGroupResponse>(channel_, "CreateContainerGroup",
                                                     InRegion(std::move(request)), limits);
}

awaitable<Result<v1::DeleteContainerGroupResponse>> EciClient::DeleteContainerGroup(
    v1::DeleteContainerGroupRequest request, WriteLimits limits) {
  return TypedCall<v1::DeleteContainerGroupResponse>(channel_, "DeleteContainerGroup",
                                                     InRegion(std::move(request)), limits);
}

awaitable<Result<v1::UpdateContainerGroupResponse>> EciClient::UpdateContainerGroup(
    v1::UpdateContainerGroupRequest request, WriteLimits limits) {
  return TypedCall<v1::UpdateContainerGroupResponse>(channel_, "UpdateContainerGroup",
                                                     InRegion(std::move(request)), limits);
}

awaitable<Result<v1::DescribeContainerGroupsResponse>> EciClient::DescribeContainerGroups(
    v1::DescribeContainerGroupsRequest request, TimePoint deadline) {
  return TypedCall<v1::DescribeContainerGroupsResponse>(channel_, "DescribeContainerGroups",
                                                        InRegion(std::move(request)), deadline);
}

awaitable<Result<v1::DescribeContainerGroupStatusResponse>> EciClient::DescribeContainerGroupStatus(
    v1::DescribeContainerGroupStatusRequest request, TimePoint deadline) {
  return TypedCall<v1::DescribeContainerGroupStatusResponse>(
      channel_, "DescribeContainerGroupStatus", InRegion(std::move(request)), deadline);
}

awaitable<Result<v1::DescribeContainerGroupEventsResponse>> EciClient::DescribeContainerGroupEvents(
    v1::DescribeContainerGroupEventsRequest request, TimePoint deadline) {
  return TypedCall<v1::DescribeContainerGroupEventsResponse>(
      channel_, "DescribeContainerGroupEvents", InRegion(std::move(request)), deadline);
}

awaitable<Result<v1::DescribeContainerLogResponse>> EciClient::DescribeContainerLog(
    v1::DescribeContainerLogRequest request, TimePoint deadline) {
  return TypedCall<v1::DescribeContainerLogResponse>(channel_, "DescribeContainerLog",
                                                     InRegion(std::move(request)), deadline);
}

awaitable<Result<v1::DescribeMultiContainerGroupMetricResponse>>
EciClient::DescribeMultiContainerGroupMetric(v1::DescribeMultiContainerGroupMetricRequest request,
                                             TimePoint deadline) {
  return TypedCall<v1::DescribeMultiContainerGroupMetricResponse>(
      channel_, "DescribeMultiContainerGroupMetric", InRegion(std::move(request)), deadline);
}

}  // namespace vk::eci
