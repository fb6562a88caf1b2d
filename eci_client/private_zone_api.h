#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "eci_client/write_limits.h"

namespace vk::pvtz::v1 {
class AddZoneRecordRequest;
class AddZoneRecordResponse;
class AddZoneRequest;
class AddZoneResponse;
class BindZoneVpcRequest;
class BindZoneVpcResponse;
class DeleteZoneRecordRequest;
class DeleteZoneRecordResponse;
class DescribeZoneInfoRequest;
class DescribeZoneInfoResponse;
class DescribeZoneRecordsRequest;
class DescribeZoneRecordsResponse;
class DescribeZonesRequest;
class DescribeZonesResponse;
}  // namespace vk::pvtz::v1

namespace vk::eci {

// PrivateZone, the names of a VPC, as the agent sees it. What EciApi says of deadlines, errors and
// requests holds here, too. Used on one thread.
class PrivateZoneApi {
 public:
  virtual ~PrivateZoneApi() = default;

  // One page, at most 100 zones, by page_number from 1.
  virtual boost::asio::awaitable<base::Result<pvtz::v1::DescribeZonesResponse>> DescribeZones(
      pvtz::v1::DescribeZonesRequest request, base::TimePoint deadline) = 0;

  // With the networks of the zone. kNotFound when there is no such zone.
  virtual boost::asio::awaitable<base::Result<pvtz::v1::DescribeZoneInfoResponse>> DescribeZoneInfo(
      pvtz::v1::DescribeZoneInfoRequest request, base::TimePoint deadline) = 0;

  // Idempotent by client_token.
  virtual boost::asio::awaitable<base::Result<pvtz::v1::AddZoneResponse>> AddZone(
      pvtz::v1::AddZoneRequest request, WriteLimits limits) = 0;

  // Replaces the networks of the zone by those of the request.
  virtual boost::asio::awaitable<base::Result<pvtz::v1::BindZoneVpcResponse>> BindZoneVpc(
      pvtz::v1::BindZoneVpcRequest request, WriteLimits limits) = 0;

  // One page, at most 100 records, by page_number from 1. kNotFound: there is no such zone.
  virtual boost::asio::awaitable<base::Result<pvtz::v1::DescribeZoneRecordsResponse>>
  DescribeZoneRecords(pvtz::v1::DescribeZoneRecordsRequest request, base::TimePoint deadline) = 0;

  // Idempotent by client_token. kNotFound: there is no such zone. kAlreadyExists: a record says the
  // same, or cannot stand beside this one.
  virtual boost::asio::awaitable<base::Result<pvtz::v1::AddZoneRecordResponse>> AddZoneRecord(
      pvtz::v1::AddZoneRecordRequest request, WriteLimits limits) = 0;

  // Idempotent; kNotFound when the record is gone.
  virtual boost::asio::awaitable<base::Result<pvtz::v1::DeleteZoneRecordResponse>> DeleteZoneRecord(
      pvtz::v1::DeleteZoneRecordRequest request, WriteLimits limits) = 0;
};

}  // namespace vk::eci
