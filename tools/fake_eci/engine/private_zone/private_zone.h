#pragma once

#include "base/result.h"

namespace vk::pvtz::v1 {
class AddZoneRecordRequest;
class AddZoneRecordResponse;
class AddZoneRequest;
class AddZoneResponse;
class BindZoneVpcRequest;
class BindZoneVpcResponse;
class DeleteZoneRecordRequest;
class DeleteZoneRecordResponse;
class DeleteZoneRequest;
class DeleteZoneResponse;
class DescribeZoneInfoRequest;
class DescribeZoneInfoResponse;
class DescribeZoneRecordsRequest;
class DescribeZoneRecordsResponse;
class DescribeZonesRequest;
class DescribeZonesResponse;
class SetProxyPatternRequest;
class SetProxyPatternResponse;
class SetZoneRecordStatusRequest;
class SetZoneRecordStatusResponse;
class UpdateZoneRecordRequest;
class UpdateZoneRecordResponse;
}  // namespace vk::pvtz::v1

// The actions of PrivateZone (2018-01-01); what calls/handlers.h says holds here, too. The codes of
// its errors are those that its metadata and the official Terraform provider name; Record.NotExists
// and the defaults of UpdateZoneRecord are likely readings.
namespace vk::fake {

struct World;

#define VK_FAKE_ZONE_HANDLER(action)                            \
  base::Result<pvtz::v1::action##Response> action(World& world, \
                                                  const pvtz::v1::action##Request& request)

VK_FAKE_ZONE_HANDLER(AddZone);
VK_FAKE_ZONE_HANDLER(DescribeZones);
VK_FAKE_ZONE_HANDLER(DescribeZoneInfo);
VK_FAKE_ZONE_HANDLER(BindZoneVpc);
VK_FAKE_ZONE_HANDLER(SetProxyPattern);
VK_FAKE_ZONE_HANDLER(DeleteZone);
VK_FAKE_ZONE_HANDLER(AddZoneRecord);
VK_FAKE_ZONE_HANDLER(DescribeZoneRecords);
VK_FAKE_ZONE_HANDLER(UpdateZoneRecord);
VK_FAKE_ZONE_HANDLER(SetZoneRecordStatus);
VK_FAKE_ZONE_HANDLER(DeleteZoneRecord);

}  // namespace vk::fake
