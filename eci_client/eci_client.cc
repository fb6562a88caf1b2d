#include "eci_client/eci_client.h"

#include <utility>

#include "eci_client/typed_call.h"
#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"

namespace vk::eci {

using base::Result;
using base::TimePoint;
using boost::asio::awaitable;

template <class Response, class Request>
awaitable<Result<Response>> EciClient::Call(std::string_view action, Request request,
                                            TimePoint deadline, TimePoint* sent) {
  if (request.region_id().empty()) request.set_region_id(region_);
  return TypedCall<Response>(channel_, action, std::move(request), deadline, sent);
}

awaitable<Result<v1::CreateContainerGroupResponse>> EciClient::CreateContainerGroup(
    v1::CreateContainerGroupRequest request, TimePoint deadline, TimePoint* sent) {
  return Call<v1::CreateContainerGroupResponse>("CreateContainerGroup", std::move(request),
                                                deadline, sent);
}

awaitable<Result<v1::DeleteContainerGroupResponse>> EciClient::DeleteContainerGroup(
    v1::DeleteContainerGroupRequest request, TimePoint deadline) {
  return Call<v1::DeleteContainerGroupResponse>("DeleteContainerGroup", std::move(request),
                                                deadline);
}

awaitable<Result<v1::DescribeContainerGroupsResponse>> EciClient::DescribeContainerGroups(
    v1::DescribeContainerGroupsRequest request, TimePoint deadline) {
  return Call<v1::DescribeContainerGroupsResponse>("DescribeContainerGroups", std::move(request),
                                                   deadline);
}

awaitable<Result<v1::DescribeContainerGroupStatusResponse>> EciClient::DescribeContainerGroupStatus(
    v1::DescribeContainerGroupStatusRequest request, TimePoint deadline) {
  return Call<v1::DescribeContainerGroupStatusResponse>("DescribeContainerGroupStatus",
                                                        std::move(request), deadline);
}

awaitable<Result<v1::DescribeContainerLogResponse>> EciClient::DescribeContainerLog(
    v1::DescribeContainerLogRequest request, TimePoint deadline) {
  return Call<v1::DescribeContainerLogResponse>("DescribeContainerLog", std::move(request),
                                                deadline);
}

}  // namespace vk::eci
