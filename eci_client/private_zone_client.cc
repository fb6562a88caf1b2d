#include "eci_client/private_zone_client.h"

#include <utility>

#include "eci_client/typed_call.h"
#include "proto/pvtz/v1/private_zone.pb.h"

namespace vk::eci {

using base::Result;
using base::TimePoint;
using boost::asio::awaitable;

awaitable<Result<pvtz::v1::DescribeZonesResponse>> PrivateZoneClient::DescribeZones(
    pvtz::v1::DescribeZonesRequest request, TimePoint deadline) {
  return TypedCall<pvtz::v1::DescribeZonesResponse>(channel_, "DescribeZones", std::move(request),
                                                    deadline);
}

awaitable<Result<pvtz::v1::DescribeZoneInfoResponse>> PrivateZoneClient::DescribeZoneInfo(
    pvtz::v1::DescribeZoneInfoRequest request, TimePoint deadline) {
  return TypedCall<pvtz::v1::DescribeZoneInfoResponse>(channel_, "DescribeZoneInfo",
                                                       std::move(request), deadline);
}

awaitable<Result<pvtz::v1::AddZoneResponse>> PrivateZoneClient::AddZone(
    pvtz::v1::AddZoneRequest request, WriteLimits limits) {
  return TypedCall<pvtz::v1::AddZoneResponse>(channel_, "AddZone", std::move(request), limits);
}

awaitable<Result<pvtz::v1::BindZoneVpcResponse>> PrivateZoneClient::BindZoneVpc(
    pvtz::v1::BindZoneVpcRequest request, WriteLimits limits) {
  return TypedCall<pvtz::v1::BindZoneVpcResponse>(channel_, "BindZoneVpc", std::move(request),
                                                  limits);
}

awaitable<Result<pvtz::v1::DescribeZoneRecordsResponse>> PrivateZoneClient::DescribeZoneRecords(
    pvtz::v1::DescribeZoneRecordsRequest request, TimePoint deadline) {
  return TypedCall<pvtz::v1::DescribeZoneRecordsResponse>(channel_, "DescribeZoneRecords",
                                                          std::move(request), deadline);
}

awaitable<Result<pvtz::v1::AddZoneRecordResponse>> PrivateZoneClient::AddZoneRecord(
    pvtz::v1::AddZoneRecordRequest request, WriteLimits limits) {
  return TypedCall<pvtz::v1::AddZoneRecordResponse>(channel_, "AddZoneRecord", std::move(request),
                                                    limits);
}

awaitable<Result<pvtz::v1::DeleteZoneRecordResponse>> PrivateZoneClient::DeleteZoneRecord(
    pvtz::v1::DeleteZoneRecordRequest request, WriteLimits limits) {
  return TypedCall<pvtz::v1::DeleteZoneRecordResponse>(channel_, "DeleteZoneRecord",
                                                       std::move(request), limits);
}

}  // namespace vk::eci
