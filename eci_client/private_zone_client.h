#pragma once

#include <string_view>

#include "eci_client/private_zone_api.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

// PrivateZoneApi over a channel to PrivateZone's endpoint. Stateless.
class PrivateZoneClient final : public PrivateZoneApi {
 public:
  // The version of its API, for the channel.
  static constexpr std::string_view kVersion = "2018-01-01";

  // REQUIRES: `channel` outlives the client and its calls.
  explicit PrivateZoneClient(RpcChannel& channel) : channel_(channel) {}

  boost::asio::awaitable<base::Result<pvtz::v1::DescribeZonesResponse>> DescribeZones(
      pvtz::v1::DescribeZonesRequest request, base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<pvtz::v1::DescribeZoneInfoResponse>> DescribeZoneInfo(
      pvtz::v1::DescribeZoneInfoRequest request, base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<pvtz::v1::AddZoneResponse>> AddZone(
      pvtz::v1::AddZoneRequest request, WriteLimits limits) override;
  boost::asio::awaitable<base::Result<pvtz::v1::BindZoneVpcResponse>> BindZoneVpc(
      pvtz::v1::BindZoneVpcRequest request, WriteLimits limits) override;
  boost::asio::awaitable<base::Result<pvtz::v1::DescribeZoneRecordsResponse>> DescribeZoneRecords(
      pvtz::v1::DescribeZoneRecordsRequest request, base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<pvtz::v1::AddZoneRecordResponse>> AddZoneRecord(
      pvtz::v1::AddZoneRecordRequest request, WriteLimits limits) override;
  boost::asio::awaitable<base::Result<pvtz::v1::DeleteZoneRecordResponse>> DeleteZoneRecord(
      pvtz::v1::DeleteZoneRecordRequest request, WriteLimits limits) override;

 private:
  RpcChannel& channel_;
};

}  // namespace vk::eci
