#include "eci_client/error_table.h"

#include <gtest/gtest.h>

#include <set>

namespace vk::eci {
namespace {

using base::ErrorCode;

struct Expectation {
  std::string_view cloud_code;
  int http_status;
  ErrorCode code;
  Disposition disposition;
};

// One of every class, with the rule that could wrongly win.
constexpr Expectation kExpectations[] = {
    {"Throttling", 400, ErrorCode::kThrottled, Disposition::kRetry},
    {"Throttling.User", 429, ErrorCode::kThrottled, Disposition::kRetry},
    {"Throttling.Api", 503, ErrorCode::kThrottled, Disposition::kRetry},
    {"Throttling.Vcpu.PerDay", 403, ErrorCode::kQuotaExceeded, Disposition::kStop},
    {"ServiceUnavailable", 503, ErrorCode::kUnavailable, Disposition::kRetry},
    {"InternalError", 500, ErrorCode::kInternal, Disposition::kRetry},
    {"Degrade.Api", 400, ErrorCode::kUnavailable, Disposition::kRetry},
    {"Request Timeout", 408, ErrorCode::kDeadlineExceeded, Disposition::kRetry},
    {"OperationConflict", 400, ErrorCode::kConflict, Disposition::kRetry},
    {"SignatureNonceUsed", 400, ErrorCode::kUnavailable, Disposition::kRetry},
    {"OperationDenied.NoStock", 403, ErrorCode::kNoCapacity, Disposition::kElsewhere},
    {"Zone.NotOnSale", 403, ErrorCode::kNoCapacity, Disposition::kElsewhere},
    {"RecommendEmpty.InstanceTypeFamilyNotMatched", 400, ErrorCode::kNoCapacity,
     Disposition::kElsewhere},
    {"InvalidVSwitchId.IpNotEnough", 403, ErrorCode::kNoCapacity, Disposition::kElsewhere},
    {"Spot.NotMatched", 403, ErrorCode::kNoCapacity, Disposition::kElsewhere},
    {"QuotaExceeded", 403, ErrorCode::kQuotaExceeded, Disposition::kStop},
    {"Account.Arrearage", 400, ErrorCode::kPermissionDenied, Disposition::kStop},
    {"Forbidden.RAM", 403, ErrorCode::kPermissionDenied, Disposition::kStop},
    {"Forbidden.SomethingNew", 403, ErrorCode::kPermissionDenied, Disposition::kStop},
    {"Forbidden.AccessKeyDisabled", 403, ErrorCode::kUnauthenticated, Disposition::kStop},
    {"NoPermission.Tag", 400, ErrorCode::kPermissionDenied, Disposition::kStop},
    {"InvalidAccessKeyId.NotFound", 404, ErrorCode::kUnauthenticated, Disposition::kStop},
    {"InvalidSecurityToken.Expired", 400, ErrorCode::kUnauthenticated, Disposition::kStop},
    {"InvalidTimeStamp.Expired", 400, ErrorCode::kUnauthenticated, Disposition::kStop},
    {"SignatureDoesNotMatch", 400, ErrorCode::kUnauthenticated, Disposition::kStop},
    {"InvalidParameter", 400, ErrorCode::kInvalidArgument, Disposition::kStop},
    {"InvalidParameter.CPU.Memory", 400, ErrorCode::kInvalidArgument, Disposition::kStop},
    {"InvalidParameter.NotFound", 404, ErrorCode::kNotFound, Disposition::kStop},
    {"MissingContainerGroupName", 400, ErrorCode::kInvalidArgument, Disposition::kStop},
    {"InvalidContainerGroupId.NotFound", 404, ErrorCode::kNotFound, Disposition::kStop},
    {"ImageSnapshot.NotFound", 404, ErrorCode::kNotFound, Disposition::kStop},
    {"InvalidAction.NotFound", 404, ErrorCode::kInvalidArgument, Disposition::kStop},
    {"IncorrectStatus", 400, ErrorCode::kConflict, Disposition::kStop},
    {"IdempotentParameterMismatch", 400, ErrorCode::kAlreadyExists, Disposition::kStop},
    {"JobInstanceSpotNotSupport", 400, ErrorCode::kInvalidArgument, Disposition::kStop},
    {"Zone.NotExists", 400, ErrorCode::kNotFound, Disposition::kStop},
    {"Record.NotExists", 400, ErrorCode::kNotFound, Disposition::kStop},
    {"ZoneVpc.NotExists.VpcId", 400, ErrorCode::kInvalidArgument, Disposition::kStop},
    {"Record.Invalid.Conflict", 400, ErrorCode::kAlreadyExists, Disposition::kStop},
    // Unknown codes go by their status.
    {"Brand.New", 400, ErrorCode::kInvalidArgument, Disposition::kStop},
    {"Brand.New", 401, ErrorCode::kUnauthenticated, Disposition::kStop},
    {"Brand.New", 403, ErrorCode::kPermissionDenied, Disposition::kStop},
    {"Brand.New", 404, ErrorCode::kNotFound, Disposition::kStop},
    {"Brand.New", 408, ErrorCode::kDeadlineExceeded, Disposition::kRetry},
    {"Brand.New", 409, ErrorCode::kConflict, Disposition::kStop},
    {"Brand.New", 418, ErrorCode::kInvalidArgument, Disposition::kStop},
    {"Brand.New", 429, ErrorCode::kThrottled, Disposition::kRetry},
    {"Brand.New", 500, ErrorCode::kUnavailable, Disposition::kRetry},
    {"Brand.New", 504, ErrorCode::kUnavailable, Disposition::kRetry},
};

TEST(ErrorTableTest, EveryClassOfCodeMeansWhatItShould) {
  for (const Expectation& expected : kExpectations) {
    base::Error error(CodeFor(expected.cloud_code, expected.http_status), "");
    error.cloud_code = expected.cloud_code;

    EXPECT_EQ(error.code, expected.code) << expected.cloud_code << ' ' << expected.http_status;
    EXPECT_EQ(DispositionOf(error), expected.disposition) << expected.cloud_code;
  }
}

TEST(ErrorTableTest, RemedyFitsWhoeverMadeTheRequest) {
  for (const ErrorRule& rule : ErrorRules()) {
    EXPECT_EQ(rule.remedy.find("the pod's"), std::string_view::npos) << rule.name;
  }
}

TEST(ErrorTableTest, ServerErrorIsNeverADefiniteRefusal) {
  for (const ErrorRule& rule : ErrorRules()) {
    EXPECT_TRUE(MayHaveHappened(CodeFor(rule.name, 503))) << rule.name;
  }
}

TEST(ErrorTableTest, RegistryRefusalStopsAlthoughItsStatusIsOpen) {
  base::Error error(CodeFor("containerRepositoryAuthorizationFailed", 503), "");
  error.cloud_code = "containerRepositoryAuthorizationFailed";

  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(DispositionOf(error), Disposition::kStop);
}

TEST(ErrorTableTest, ErrorsWithoutACloudCodeGoByTheirKind) {
  EXPECT_EQ(DispositionOf(base::Error(ErrorCode::kUnavailable, "")), Disposition::kRetry);
  EXPECT_EQ(DispositionOf(base::Error(ErrorCode::kDeadlineExceeded, "")), Disposition::kRetry);
  EXPECT_EQ(DispositionOf(base::Error(ErrorCode::kCancelled, "")), Disposition::kStop);
  EXPECT_EQ(DispositionOf(base::Error(ErrorCode::kInvalidArgument, "")), Disposition::kStop);
  EXPECT_EQ(DispositionOf(base::Error(ErrorCode::kNoCapacity, "")), Disposition::kElsewhere);
}

TEST(ErrorTableTest, NoNameStandsTwice) {
  std::set<std::string_view> names;
  for (const ErrorRule& rule : ErrorRules())
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
}

TEST(ErrorTableTest, WhatStopsSaysWhatToDo) {
  for (const ErrorRule& rule : ErrorRules()) {
    if (rule.disposition != Disposition::kRetry) {
      EXPECT_FALSE(rule.remedy.empty()) << rule.name;
    }
  }
}

TEST(ErrorTableTest, LabelsComeFromTheTableAlone) {
  base::Error error(ErrorCode::kNoCapacity, "");
  error.cloud_code = "OperationDenied.NoStock";
  EXPECT_EQ(LabelOf(error), "OperationDenied.NoStock");
  error.cloud_code = "InvalidParameter.whatever-the-cloud-made-up";
  EXPECT_EQ(LabelOf(error), "no_capacity");
  EXPECT_EQ(LabelOf(base::Error(ErrorCode::kUnavailable, "")), "unavailable");
}

}  // namespace
}  // namespace vk::eci
