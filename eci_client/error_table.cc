#include "eci_client/error_table.h"

#include <algorithm>
#include <utility>

#include "base/send_permit.h"

namespace vk::eci {
namespace {

using base::ErrorCode;

constexpr std::string_view kPay = "settle the account's bill or top up its balance";
constexpr std::string_view kFixRequest =
    "correct the field, annotation or parameter that this names";
constexpr std::string_view kGrant = "grant the access key's user the ECI permissions (RAM)";
constexpr std::string_view kKeys = "check the access key id and secret";
constexpr std::string_view kToken = "renew the temporary key: its security token is not valid";
constexpr std::string_view kClock = "set this machine's clock; it may be off by 15 minutes at most";
constexpr std::string_view kElsewhere = "choose another zone, vSwitch or size, or wait";
constexpr std::string_view kSize = "choose another size or instance type";
constexpr std::string_view kQuota = "ask the cloud to raise the quota, or free some of it";
constexpr std::string_view kAddresses = "add a vSwitch with free addresses";
constexpr std::string_view kAccount = "open the account in the cloud's console; it is restricted";
constexpr std::string_view kLease = "wait until this process may act again";
constexpr std::string_view kWait = "";
constexpr std::string_view kState = "wait until the object has left its present state";
constexpr std::string_view kGone = "check the id; what it names does not exist";

constexpr ErrorRule Exact(std::string_view name, ErrorCode code, Disposition disposition,
                          std::string_view remedy) {
  return {name, ErrorRule::Match::kExact, code, disposition, remedy};
}
constexpr ErrorRule Prefix(std::string_view name, ErrorCode code, Disposition disposition,
                           std::string_view remedy) {
  return {name, ErrorRule::Match::kPrefix, code, disposition, remedy};
}
constexpr ErrorRule Suffix(std::string_view name, ErrorCode code, Disposition disposition,
                           std::string_view remedy) {
  return {name, ErrorRule::Match::kSuffix, code, disposition, remedy};
}
// The commonest kind: the request itself is wrong.
constexpr ErrorRule Wrong(std::string_view name, std::string_view remedy = kFixRequest) {
  return Exact(name, ErrorCode::kInvalidArgument, Disposition::kStop, remedy);
}
constexpr ErrorRule Denied(std::string_view name, std::string_view remedy = kGrant) {
  return Exact(name, ErrorCode::kPermissionDenied, Disposition::kStop, remedy);
}
constexpr ErrorRule NoRoom(std::string_view name, std::string_view remedy = kElsewhere) {
  return Exact(name, ErrorCode::kNoCapacity, Disposition::kElsewhere, remedy);
}
constexpr ErrorRule OverQuota(std::string_view name, std::string_view remedy = kQuota) {
  return Exact(name, ErrorCode::kQuotaExceeded, Disposition::kStop, remedy);
}
constexpr ErrorRule WrongState(std::string_view name) {
  return Exact(name, ErrorCode::kConflict, Disposition::kStop, kState);
}
constexpr ErrorRule Unknown(std::string_view name, std::string_view remedy) {
  return Exact(name, ErrorCode::kUnauthenticated, Disposition::kStop, remedy);
}

constexpr ErrorRule kRules[] = {
    // Our own: it did not leave.
    Exact(base::kNotSent, ErrorCode::kPermissionDenied, Disposition::kStop, kLease),
    // Rate and load.
    Prefix("Throttling", ErrorCode::kThrottled, Disposition::kRetry, kWait),
    Exact("EipPurchaseFlowControl", ErrorCode::kThrottled, Disposition::kRetry, kWait),
    OverQuota("Throttling.Vcpu.PerDay",
              "wait until tomorrow, or ask the cloud for more vCPU a day"),
    Exact("Degrade.Api", ErrorCode::kUnavailable, Disposition::kRetry, kWait),
    Exact("ServiceUnavailable", ErrorCode::kUnavailable, Disposition::kRetry, kWait),
    Prefix("InternalError", ErrorCode::kInternal, Disposition::kRetry, kWait),
    Exact("Request Timeout", ErrorCode::kDeadlineExceeded, Disposition::kRetry, kWait),
    Exact("OperationConflict", ErrorCode::kConflict, Disposition::kRetry, kWait),
    // The nonce is new for every try, so this answers a request that the connection pool sent
    // twice: the first of the two may have had its effect.
    Exact("SignatureNonceUsed", ErrorCode::kUnavailable, Disposition::kRetry, kWait),

    // Who asks.
    Unknown("SignatureDoesNotMatch", kKeys),
    Unknown("IncompleteSignature", kKeys),
    Prefix("InvalidAccessKeyId", ErrorCode::kUnauthenticated, Disposition::kStop, kKeys),
    Unknown("Forbidden.AccessKeyDisabled", "enable the access key, or use another"),
    Prefix("InvalidSecurityToken", ErrorCode::kUnauthenticated, Disposition::kStop, kToken),
    Unknown("MissingSecurityToken", kToken),
    Prefix("InvalidTimeStamp", ErrorCode::kUnauthenticated, Disposition::kStop, kClock),

    // What the account may do.
    Prefix("Forbidden", ErrorCode::kPermissionDenied, Disposition::kStop, kGrant),
    Prefix("NoPermission", ErrorCode::kPermissionDenied, Disposition::kStop, kGrant),
    Denied("Forbidden.RiskControl", kAccount),
    Denied("Forbidden.AccountClosed", kAccount),
    Denied("Forbidden.UserBussinessStatus", kAccount),
    Denied("Forbidden.UserNotRealNameAuthentication", kAccount),
    Denied("Forbidden.OnlyForInvitedTest", "ask the cloud to open the feature for this account"),
    Denied("Forbidden.NotSupportRAM", "use an access key of the account itself"),
    Denied("InvalidUser.PassRoleForbidden", "grant ram:PassRole for the role of the pod"),
    Denied("InvalidParameter.KMS.KeyId.Forbidden"),
    Denied("CreateServiceLinkedRole.Denied", "grant ram:CreateServiceLinkedRole, or make the role"),
    Denied("InvalidOperation.ResourceManagedByCloudProduct"),
    Denied("FeatureAccessRestricted", "ask the cloud to open the feature for this account"),
    Denied("ServiceNotEnabled", "enable the service in the cloud's console"),
    Denied("SecurityRisk.3DVerification", kAccount),
    Denied("OperationFailed.RiskControl", kAccount),
    Denied("containerRepositoryAuthorizationFailed", "check the registry's credentials"),
    Denied("Account.Arrearage", kPay),
    Denied("InvalidPaymentMethod.InsufficientBalance", kPay),
    Denied("Payfor.CreditPayInsufficientBalance", kPay),
    Denied("EipPayInsufficientBalance", kPay),

    // Room and quotas.
    NoRoom("OperationDenied.NoStock"),
    NoRoom("Zone.NotOnSale"),
    NoRoom("Spot.NotMatched", "choose another size, a higher price, or no spot instance"),
    NoRoom("InvalidVSwitchId.IpNotEnough", kAddresses),
    Prefix("RecommendEmpty.", ErrorCode::kNoCapacity, Disposition::kElsewhere, kSize),
    Exact("EipAddressPoolIpNotEnough", ErrorCode::kNoCapacity, Disposition::kStop,
          "choose another address pool"),
    Prefix("QuotaExceeded", ErrorCode::kQuotaExceeded, Disposition::kStop, kQuota),
    OverQuota("DedicatedHostQuotaExceeded"),
    OverQuota("DiskNumber.LimitExceed"),
    OverQuota("NumberExceed.Tags", "use at most 20 tags"),

    // State of what the call is about.
    Exact("IdempotentParameterMismatch", ErrorCode::kAlreadyExists, Disposition::kStop,
          "look up what was made with this ClientToken"),
    Exact("PrivateIpAddress.Already.InUse", ErrorCode::kAlreadyExists, Disposition::kStop,
          "choose another private address"),
    WrongState("IncorrectStatus"),
    WrongState("IncorrectStatusDetail"),
    WrongState("IncorrectOperation"),
    WrongState("ImageSnapshot.IncorrectStatus"),
    WrongState("ImageCache.IncorrectStatus"),
    Suffix(".NotExists", ErrorCode::kNotFound, Disposition::kStop, kGone),
    Exact("ZoneVpc.NotExists.VpcId", ErrorCode::kInvalidArgument, Disposition::kStop,
          "check the id of the VPC (--vpc)"),
    Exact("Record.Invalid.Conflict", ErrorCode::kAlreadyExists, Disposition::kStop,
          "remove the other record of that name, if it is not wanted"),
    Suffix(".NotFound", ErrorCode::kNotFound, Disposition::kStop, kGone),
    Exact("InvalidParameter.NotFound", ErrorCode::kNotFound, Disposition::kStop, kGone),
    Exact("InvalidParameter.KMS.KeyId.NotFound", ErrorCode::kNotFound, Disposition::kStop, kGone),

    // The request.
    Prefix("InvalidParameter", ErrorCode::kInvalidArgument, Disposition::kStop, kFixRequest),
    Prefix("Missing", ErrorCode::kInvalidArgument, Disposition::kStop, kFixRequest),
    Prefix("InvalidParam.", ErrorCode::kInvalidArgument, Disposition::kStop, kFixRequest),
    Wrong("InvalidParameter.CPU.Memory", kSize),
    Wrong("InvalidParam.CpuOrMemorySpec", kSize),
    Wrong("InvalidAction", "check that the endpoint serves this API"),
    Wrong("InvalidAction.NotFound", "check that the endpoint serves this API"),
    Wrong("InvalidVersion", "check that the endpoint serves this API"),
    Wrong("UnsupportedHTTPMethod", "check that the endpoint serves this API"),
    Wrong("DryRunOperation", "the request is valid; send it without DryRun"),
    Wrong("DryRun.Success", "the request is valid; send it without DryRun"),
    Wrong("NoNeedUpdate", "nothing: the object is as the request wants it"),
    Wrong("OperationDenied.VswZoneMisMatch", "choose a vSwitch of the zone"),
    Wrong("OperationDenied.SecurityGroupMisMatch", "choose a security group of the vSwitch's VPC"),
    Wrong("Zone.Invalid.Name", "choose a cluster id (--cluster-id) that can be part of a name"),
    Wrong("Zone.Remark"),
    Wrong("ImageSnapshot.NotSupport"),
    Wrong("ImageCacheNotSupport"),
    Wrong("DiskVolume.NotSupport"),
    Wrong("DiskVolume.NotInSameZone", "choose a disk and a vSwitch of one zone"),
    Wrong("CloudDisk.NotInSameZone", "choose a disk and a vSwitch of one zone"),
    Wrong("InvalidVolumeType"),
    Wrong("RamRole.NotSupport"),
    Wrong("HighCpuMemConfigRequired", kSize),
    Wrong("LocalDiskAmountNotMatch", kSize),
    Wrong("InvalidOperation.KMS.InstanceTypeNotSupport", kSize),
    Wrong("InvalidSpotCpuMemorySpec", kSize),
    Wrong("InvalidInstanceTypeForEciSpotDurationBuy", kSize),
    Wrong("InvalidInstanceTypeForEciBuy", kSize),
    Wrong("InstanceTypeNotMatchCpuArch", kSize),
    Wrong("PrivatePoolInstanceSpotNotSupport", kSize),
    Wrong("FeatureBasedConstraintConflict"),
    Wrong("BatchCreateNotSupportExistingCloudDisk"),
    Prefix("JobInstance", ErrorCode::kInvalidArgument, Disposition::kStop, kSize),
    Prefix("Ipv6AddressNotSupport", ErrorCode::kInvalidArgument, Disposition::kStop,
           "choose a vSwitch and a size with IPv6, or leave IPv6 out"),
    Prefix("Coredump.", ErrorCode::kInvalidArgument, Disposition::kStop, kFixRequest),
    Prefix("Ops.", ErrorCode::kInvalidArgument, Disposition::kStop, kFixRequest),
    Wrong("CorePattern.UpdateFail"),
    Wrong("InvalidCorePatternValue"),
    Wrong("Tcpdump.InvalidValue"),
};

constexpr std::pair<int, ErrorCode> kStatusCodes[] = {
    {400, ErrorCode::kInvalidArgument},  {401, ErrorCode::kUnauthenticated},
    {403, ErrorCode::kPermissionDenied}, {404, ErrorCode::kNotFound},
    {408, ErrorCode::kDeadlineExceeded}, {409, ErrorCode::kConflict},
    {429, ErrorCode::kThrottled}};

// What an error without a rule means, and its label.
struct KindRule {
  ErrorCode code;
  std::string_view label;
  Disposition disposition;
  bool may_have_happened;
};
constexpr KindRule kKinds[] = {
    {ErrorCode::kCancelled, "cancelled", Disposition::kStop, true},
    {ErrorCode::kDeadlineExceeded, "deadline_exceeded", Disposition::kRetry, true},
    {ErrorCode::kUnavailable, "unavailable", Disposition::kRetry, true},
    {ErrorCode::kThrottled, "throttled", Disposition::kRetry, true},
    {ErrorCode::kNotFound, "not_found", Disposition::kStop, false},
    {ErrorCode::kAlreadyExists, "already_exists", Disposition::kStop, false},
    {ErrorCode::kConflict, "conflict", Disposition::kStop, false},
    {ErrorCode::kInvalidArgument, "invalid_argument", Disposition::kStop, false},
    {ErrorCode::kPermissionDenied, "permission_denied", Disposition::kStop, false},
    {ErrorCode::kUnauthenticated, "unauthenticated", Disposition::kStop, false},
    {ErrorCode::kQuotaExceeded, "quota_exceeded", Disposition::kStop, false},
    {ErrorCode::kNoCapacity, "no_capacity", Disposition::kElsewhere, false},
    {ErrorCode::kInternal, "internal", Disposition::kRetry, true},
};

const KindRule& KindOf(ErrorCode code) {
  const auto* kind = std::ranges::find(kKinds, code, &KindRule::code);
  return *kind;
}

bool Matches(const ErrorRule& rule, std::string_view cloud_code) {
  switch (rule.match) {
    case ErrorRule::Match::kExact:
      return cloud_code == rule.name;
    case ErrorRule::Match::kPrefix:
      return cloud_code.starts_with(rule.name);
    case ErrorRule::Match::kSuffix:
      return cloud_code.ends_with(rule.name);
  }
  return false;
}

// Ascending in precedence.
std::pair<int, std::size_t> Rank(const ErrorRule& rule) {
  const int by_kind = rule.match == ErrorRule::Match::kExact    ? 2
                      : rule.match == ErrorRule::Match::kPrefix ? 1
                                                                : 0;
  return {by_kind, rule.name.size()};
}

}  // namespace

std::span<const ErrorRule> ErrorRules() { return kRules; }

const ErrorRule* FindErrorRule(std::string_view cloud_code) {
  const ErrorRule* best = nullptr;
  for (const ErrorRule& rule : kRules) {
    if (Matches(rule, cloud_code) && (best == nullptr || Rank(*best) < Rank(rule))) best = &rule;
  }
  return best;
}

ErrorCode CodeFor(std::string_view cloud_code, int http_status) {
  const ErrorRule* rule = FindErrorRule(cloud_code);
  if (http_status >= 500) {
    return rule != nullptr && MayHaveHappened(rule->code) ? rule->code : ErrorCode::kUnavailable;
  }
  if (rule != nullptr) return rule->code;
  const auto* by_status =
      std::ranges::find(kStatusCodes, http_status, &std::pair<int, ErrorCode>::first);
  if (by_status != std::end(kStatusCodes)) return by_status->second;
  return http_status >= 400 ? ErrorCode::kInvalidArgument : ErrorCode::kUnavailable;
}

Disposition DispositionOf(const base::Error& error) {
  const ErrorRule* rule = FindErrorRule(error.cloud_code);
  return rule != nullptr ? rule->disposition : KindOf(error.code).disposition;
}

bool MayHaveHappened(ErrorCode code) { return KindOf(code).may_have_happened; }

bool MayHaveHappened(const base::Error& error) {
  return error.earlier_try_open || MayHaveHappened(error.code);
}

std::string_view RemedyFor(const base::Error& error) {
  const ErrorRule* rule = FindErrorRule(error.cloud_code);
  return rule != nullptr ? rule->remedy : std::string_view();
}

std::string_view LabelOf(const base::Error& error) {
  const ErrorRule* rule = FindErrorRule(error.cloud_code);
  return rule != nullptr && rule->match == ErrorRule::Match::kExact ? rule->name
                                                                    : KindOf(error.code).label;
}

}  // namespace vk::eci
