#include "tools/fake_eci/engine/cloud_error.h"

#include <fmt/format.h>

#include <array>

namespace vk::fake {
namespace {

using base::ErrorCode;

struct Entry {
  std::string_view code;
  int http;
  ErrorCode kind;
  std::string_view text;
};

// The first entry that equals a code, or that it continues after a dot, holds.
constexpr std::array kEntries = std::to_array<Entry>({
    {"InvalidAction.NotFound", 404, ErrorCode::kInvalidArgument,
     "Specified api is not found, please check your url and method."},
    {"InvalidAction", 403, ErrorCode::kPermissionDenied, "The specified action is invalid."},
    {"InvalidAccessKeyId.NotFound", 404, ErrorCode::kUnauthenticated,
     "Specified access key is not found."},
    {"InvalidAccessKeyId", 400, ErrorCode::kUnauthenticated, "Specified access key is disabled."},
    {"SignatureDoesNotMatch", 400, ErrorCode::kUnauthenticated,
     "Specified signature is not matched with our calculation."},
    {"IncompleteSignature", 400, ErrorCode::kUnauthenticated,
     "The request signature does not conform to the standards."},
    {"SignatureNonceUsed", 400, ErrorCode::kUnavailable,
     "Specified signature nonce was used already."},
    {"InvalidTimeStamp.Expired", 400, ErrorCode::kUnauthenticated,
     "Specified time stamp or date value is expired."},
    {"InvalidTimeStamp.Format", 400, ErrorCode::kUnauthenticated,
     "Specified time stamp or date value is not well formatted."},
    {"InvalidSecurityToken", 400, ErrorCode::kUnauthenticated,
     "Specified SecurityToken is not valid."},
    {"MissingSecurityToken", 400, ErrorCode::kUnauthenticated,
     "SecurityToken is mandatory for this action."},
    {"Forbidden.RAM", 403, ErrorCode::kPermissionDenied,
     "User not authorized to operate on the specified resource."},
    {"Forbidden", 403, ErrorCode::kPermissionDenied,
     "The specified action is not available for you."},
    {"NoPermission", 403, ErrorCode::kPermissionDenied, "You have no permission for this."},
    {"Throttling", 429, ErrorCode::kThrottled, "Request was denied due to request throttling."},
    {"Degrade.Api", 400, ErrorCode::kUnavailable, "The service is degraded for the moment."},
    {"IdempotentParameterMismatch", 400, ErrorCode::kAlreadyExists,
     "The request uses the same client token as a previous, but non-identical request."},
    {"ServiceUnavailable", 503, ErrorCode::kUnavailable,
     "The request has failed due to a temporary failure of the server."},
    {"InternalError", 500, ErrorCode::kInternal,
     "The request processing has failed due to some unknown error."},
    {"Request Timeout", 408, ErrorCode::kDeadlineExceeded, "The request took too long."},
    {"UnsupportedHTTPMethod", 405, ErrorCode::kInvalidArgument,
     "This http method is not supported."},
    {"DryRunOperation", 400, ErrorCode::kInvalidArgument,
     "Request validation has been passed with DryRun flag set."},
    {"InvalidParameter.CPU.Memory", 400, ErrorCode::kInvalidArgument,
     "The specified cpu and memory are not allowed"},
    {"InvalidParameter.DuplicatedName", 400, ErrorCode::kInvalidArgument,
     "The container group include containers with duplicate names."},
    {"InvalidParameter.DuplicatedVolumeName", 400, ErrorCode::kInvalidArgument,
     "The container group includes volumes with duplicate names."},
    {"InvalidParameter.NotFound", 404, ErrorCode::kNotFound, "The specified item does not exist."},
    {"NumberExceed.Tags", 400, ErrorCode::kQuotaExceeded, "The length of tags exceeded limit: 20."},
    {"InvalidContainerGroupId.NotFound", 404, ErrorCode::kNotFound,
     "The specified container group does not exist."},
    {"ImageSnapshot.NotFound", 404, ErrorCode::kNotFound,
     "The specified image cache does not exist."},
    {"InvalidDiskId.NotFound", 404, ErrorCode::kNotFound, "The specified disk does not exist."},
    {"DiskVolume.NotInSameZone", 400, ErrorCode::kInvalidArgument,
     "The disk and the container group are not in the same zone."},
    {"DiskNumber.LimitExceed", 400, ErrorCode::kQuotaExceeded,
     "The container group has more cloud disks than are allowed."},
    {"IncorrectStatus", 400, ErrorCode::kConflict,
     "The current status of the resource does not support this operation."},
    {"ImageCache.IncorrectStatus", 400, ErrorCode::kConflict,
     "The current status of the image cache does not support this operation."},
    {"IncorrectStatusDetail", 403, ErrorCode::kConflict,
     "The current status of the resource does not support this operation."},
    {"OperationConflict", 400, ErrorCode::kConflict,
     "Request was denied due to conflict with a previous request."},
    {"OperationDenied.VswZoneMisMatch", 403, ErrorCode::kInvalidArgument,
     "The specified VSwitchId is not in the specified Zone."},
    {"OperationDenied.NoStock", 403, ErrorCode::kNoCapacity,
     "The specified ECI specification is out of stock in the specified zone."},
    {"OperationDenied", 403, ErrorCode::kPermissionDenied, "The operation is denied."},
    {"InvalidVSwitchId.IpNotEnough", 403, ErrorCode::kNoCapacity,
     "The specified VSwitch has not enough IP addresses."},
    {"Zone.NotOnSale", 403, ErrorCode::kNoCapacity,
     "The specified zone is not available for purchase."},
    {"Spot.NotMatched", 403, ErrorCode::kNoCapacity, "No spot instance matches."},
    {"QuotaExceeded", 403, ErrorCode::kQuotaExceeded, "The quota is exceeded."},
    {"InvalidVolumeType", 403, ErrorCode::kInvalidArgument,
     "The volume is of a type that cannot be resized."},
    {"Zone.NotExists", 400, ErrorCode::kNotFound, "Zone is not exists"},
    {"Zone.Invalid.Name", 400, ErrorCode::kInvalidArgument, "Zone name is invalid."},
    {"Zone.VpcExists", 400, ErrorCode::kConflict, "Zone have vpc bound."},
    {"Zone.Remark", 400, ErrorCode::kInvalidArgument,
     "50 characters long. It can only contain numbers, Chinese, English and special characters."},
    {"ZoneVpc.NotExists.VpcId", 400, ErrorCode::kNotFound, "The specified VPC does not exist."},
    {"Record.NotExists", 400, ErrorCode::kNotFound, "The specified record does not exist."},
    {"Record.Invalid.Conflict", 400, ErrorCode::kAlreadyExists,
     "The record conflicts with one that exists."},
    {"Account.Arrearage", 400, ErrorCode::kPermissionDenied,
     "Your account has an outstanding payment."},
});

constexpr Entry kOther{"", 400, ErrorCode::kInvalidArgument, ""};

const Entry& Find(std::string_view code) {
  for (const Entry& entry : kEntries) {
    if (code == entry.code) return entry;
  }
  for (const Entry& entry : kEntries) {
    if (code.starts_with(entry.code) && code[entry.code.size()] == '.') return entry;
  }
  return kOther;
}

}  // namespace

base::Error CloudError(std::string_view code, std::string_view detail) {
  const Entry& entry = Find(code);
  std::string text(entry.text);
  if (!detail.empty()) {
    if (!text.empty()) text += ' ';
    text += detail;
  }
  base::Error error(entry.kind, std::move(text));
  error.cloud_code = code;
  return error;
}

int HttpStatusOf(std::string_view code) { return Find(code).http; }

base::Error MissingParameter(std::string_view parameter) {
  return CloudError(
      "MissingParameter",
      fmt::format("The input parameter \"{}\" that is mandatory for processing this request is not "
                  "supplied.",
                  parameter));
}

base::Error InvalidParameter(std::string_view parameter, std::string_view problem) {
  return CloudError(
      "InvalidParameter",
      fmt::format("The specified parameter \"{}\" is not valid: {}.", parameter, problem));
}

}  // namespace vk::fake
