#include "eci_client/idempotency.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <string>

namespace vk::eci {
namespace {

using enum Idempotency;

// Deletions are safe because they name an id that is never given again; a deletion of something
// that is gone is kNotFound. DeleteDataCache also takes a path, which can be given again.
constexpr ActionIdempotency kTable[] = {
    {"AddZone", kWithToken},
    {"AddZoneRecord", kWithToken},
    {"AssumeRole", kSafe},
    {"AssumeRoleWithOIDC", kSafe},
    {"BindZoneVpc", kSafe},
    {"CommitContainer", kNever},
    {"CopyDataCache", kWithToken},
    {"CreateContainerGroup", kWithToken},
    {"CreateDataCache", kWithToken},
    {"CreateImageCache", kWithToken},
    {"CreateInstanceOpsTask", kNever},
    {"CreateVirtualNode", kWithToken},
    {"DeleteContainerGroup", kSafe},
    {"DeleteDataCache", kWithToken},
    {"DeleteImageCache", kSafe},
    {"DeleteVirtualNode", kSafe},
    {"DeleteZone", kSafe},
    {"DeleteZoneRecord", kSafe},
    {"DescribeAvailableResource", kSafe},
    {"DescribeCommitContainerTask", kSafe},
    {"DescribeContainerGroupEvents", kSafe},
    {"DescribeContainerGroupMetric", kSafe},
    {"DescribeContainerGroupPrice", kSafe},
    {"DescribeContainerGroupStatus", kSafe},
    {"DescribeContainerGroups", kSafe},
    {"DescribeContainerLog", kSafe},
    {"DescribeDataCaches", kSafe},
    {"DescribeImageCaches", kSafe},
    {"DescribeInstanceOpsRecords", kSafe},
    {"DescribeMultiContainerGroupMetric", kSafe},
    {"DescribeRegions", kSafe},
    {"DescribeVirtualNodes", kSafe},
    {"DescribeZoneInfo", kSafe},
    {"DescribeZoneRecords", kSafe},
    {"DescribeZones", kSafe},
    {"ExecContainerCommand", kNever},
    {"GetCallerIdentity", kSafe},
    {"ListTagResources", kSafe},
    {"ListUsage", kSafe},
    {"ResizeContainerGroupVolume", kWithToken},
    {"RestartContainerGroup", kWithToken},
    {"SetProxyPattern", kSafe},
    {"SetZoneRecordStatus", kSafe},
    {"TagResources", kSafe},
    {"UntagResources", kSafe},
    {"UpdateContainerGroup", kWithToken},
    {"UpdateDataCache", kWithToken},
    {"UpdateImageCache", kWithToken},
    {"UpdateVirtualNode", kWithToken},
    {"UpdateZoneRecord", kSafe},
};

bool HasClientToken(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("client_token");
  if (field == nullptr) return false;
  std::string scratch;
  return !request.GetReflection()->GetStringReference(request, field, &scratch).empty();
}

}  // namespace

std::span<const ActionIdempotency> IdempotencyTable() { return kTable; }

Idempotency IdempotencyOf(std::string_view action) {
  const auto* found = std::ranges::find(kTable, action, &ActionIdempotency::action);
  return found == std::end(kTable) ? kNever : found->idempotency;
}

bool MayRepeat(std::string_view action, const google::protobuf::Message& request) {
  switch (IdempotencyOf(action)) {
    case kSafe:
      return true;
    case kWithToken:
      return HasClientToken(request);
    case kNever:
      return false;
  }
  return false;
}

}  // namespace vk::eci
