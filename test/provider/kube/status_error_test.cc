#include "provider/kube/status_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/envelope.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using namespace std::chrono_literals;

std::string StatusBody(int code, const std::string& reason, const std::string& field = "") {
  k8s::io::apimachinery::pkg::apis::meta::v1::Status status;
  status.set_code(code);
  status.set_status("Failure");
  status.set_reason(reason);
  status.set_message("what happened");
  if (!field.empty()) status.mutable_details()->add_causes()->set_field(field);
  return Wrap({.api_version = "v1", .kind = "Status", .object = ToBytes(status)});
}

struct Row {
  int http;
  std::string reason;
  ErrorCode code;
};

class StatusErrorCodeTest : public testing::TestWithParam<Row> {};

TEST_P(StatusErrorCodeTest, ReplyHasTheCodeOfItsStatus) {
  const Row& row = GetParam();

  const base::Error error = ErrorFromReply(row.http, {}, StatusBody(row.http, row.reason));

  EXPECT_EQ(error.code, row.code);
  EXPECT_EQ(error.cloud_code, row.reason);
  EXPECT_EQ(error.message, "what happened");
}

INSTANTIATE_TEST_SUITE_P(Statuses, StatusErrorCodeTest,
                         testing::Values(Row{400, "BadRequest", ErrorCode::kInvalidArgument},
                                         Row{401, "Unauthorized", ErrorCode::kUnauthenticated},
                                         Row{403, "Forbidden", ErrorCode::kPermissionDenied},
                                         Row{404, "NotFound", ErrorCode::kNotFound},
                                         Row{409, "AlreadyExists", ErrorCode::kAlreadyExists},
                                         Row{409, "Conflict", ErrorCode::kConflict},
                                         Row{410, "Expired", ErrorCode::kConflict},
                                         Row{422, "Invalid", ErrorCode::kInvalidArgument},
                                         Row{429, "TooManyRequests", ErrorCode::kThrottled},
                                         Row{500, "InternalError", ErrorCode::kUnavailable},
                                         Row{503, "ServiceUnavailable", ErrorCode::kUnavailable},
                                         Row{504, "Timeout", ErrorCode::kUnavailable}),
                         [](const auto& row) {
                           return std::to_string(row.param.http) + row.param.reason;
                         });

TEST(StatusErrorTest, CauseFieldFollowsTheReason) {
  const base::Error error = ErrorFromReply(422, {}, StatusBody(422, "Invalid", "metadata.uid"));

  EXPECT_EQ(error.cloud_code, "Invalid metadata.uid");
}

TEST(StatusErrorTest, JsonStatusReadsLikeProtobuf) {
  const base::Error error = ErrorFromReply(
      409, {},
      R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"object has been modified",)"
      R"("reason":"Conflict","details":{"retryAfterSeconds":3},"code":409})");

  EXPECT_EQ(error.code, ErrorCode::kConflict);
  EXPECT_EQ(error.message, "object has been modified");
  EXPECT_EQ(error.retry_after, 3s);
}

TEST(StatusErrorTest, TextIsQuotedWithoutItsControlCharacters) {
  const base::Error error = ErrorFromReply(502, {}, "<html>\r\nBad \x1b[31mGateway</html>\n");

  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("HTTP status 502: <html>  Bad  [31mGateway</html>"));
}

TEST(StatusErrorTest, LongTextIsCut) {
  EXPECT_LT(ErrorFromReply(500, {}, std::string(10'000, 'x')).message.size(), 400u);
}

TEST(StatusErrorTest, RetryAfterHeaderWinsOverTheBody) {
  const base::Error error = ErrorFromReply(429, {{"retry-after", "7"}}, "{}");

  EXPECT_EQ(error.retry_after, 7s);
}

TEST(StatusErrorTest, RetryAfterThatIsADateIsIgnored) {
  const base::Error error =
      ErrorFromReply(429, {{"Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"}}, "");

  EXPECT_FALSE(error.retry_after);
}

TEST(StatusErrorTest, GoneIsKnownByItsStatusAlone) {
  EXPECT_TRUE(ResourceVersionExpired(ErrorFromReply(410, {}, "gone")));
  EXPECT_FALSE(ResourceVersionExpired(ErrorFromReply(409, {}, StatusBody(409, "Conflict"))));
}

TEST(StatusErrorTest, OnlyTheUidMakesAnInvalidPatchMeanThatThePodIsGone) {
  EXPECT_TRUE(ObjectIsGone(ErrorFromReply(404, {}, StatusBody(404, "NotFound"))));
  EXPECT_TRUE(ObjectIsGone(ErrorFromReply(409, {}, StatusBody(409, "Conflict"))));
  EXPECT_TRUE(ObjectIsGone(ErrorFromReply(422, {}, StatusBody(422, "Invalid", "metadata.uid"))));
  EXPECT_FALSE(ObjectIsGone(ErrorFromReply(422, {}, StatusBody(422, "Invalid", "status.phase"))));
  EXPECT_FALSE(ObjectIsGone(ErrorFromReply(503, {}, "")));
}

}  // namespace
}  // namespace vk::kube
