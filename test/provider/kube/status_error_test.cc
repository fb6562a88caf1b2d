#include "provider/kube/status_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "proto/kubernetes/core/v1/pod.pb.h"
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

TEST(StatusErrorTest, OnlyTheUidMakesAnInvalidPatchAskWhetherThePodIsGone) {
  EXPECT_TRUE(MayBeGone(ErrorFromReply(404, {}, StatusBody(404, "NotFound"))));
  EXPECT_TRUE(MayBeGone(ErrorFromReply(409, {}, StatusBody(409, "Conflict"))));
  EXPECT_TRUE(MayBeGone(ErrorFromReply(422, {}, StatusBody(422, "Invalid", "metadata.uid"))));
  EXPECT_FALSE(MayBeGone(ErrorFromReply(422, {}, StatusBody(422, "Invalid", "status.phase"))));
  EXPECT_FALSE(MayBeGone(ErrorFromReply(503, {}, "")));
}

TEST(StatusErrorTest, AnswersWithoutAStatusSayNothingOfObjects) {
  for (const int http : {404, 409, 410})
    EXPECT_FALSE(MayBeGone(ErrorFromReply(http, {}, "<html>not here</html>"))) << http;
}

// The body of a 404 about an object.
std::string MissingBody(const std::string& name, const std::string& kind,
                        const std::string& group = "") {
  return R"({"kind":"Status","status":"Failure","reason":"NotFound","code":404,"details":{"name":")" +
         name + R"(","kind":")" + kind + R"(","group":")" + group + R"("}})";
}

TEST(StatusErrorTest, ThatAnObjectIsNotThereIsSaidByAStatusThatNamesIt) {
  const NamedObject web{.resource = kPods, .name = "web"};
  const auto code = [&](const std::string& body) {
    return ErrorFromReply(404, {}, body, &web).code;
  };
  EXPECT_EQ(code(MissingBody("web", "pods")), ErrorCode::kNotFound);
  EXPECT_EQ(code(MissingBody("web", "")), ErrorCode::kNotFound);

  EXPECT_EQ(code("404 page not found"), ErrorCode::kUnavailable);
  EXPECT_EQ(code("{}"), ErrorCode::kUnavailable);
  EXPECT_EQ(code(StatusBody(404, "NotFound")), ErrorCode::kUnavailable);
  EXPECT_EQ(code(MissingBody("other", "pods")), ErrorCode::kUnavailable);
  EXPECT_EQ(code(MissingBody("web", "services")), ErrorCode::kUnavailable);
  EXPECT_EQ(code(MissingBody("web", "pods", "metrics.k8s.io")), ErrorCode::kUnavailable);
}

TEST(StatusErrorTest, GoneIsProvenByTheAnswerOfAReadAlone) {
  const base::Error bare(ErrorCode::kNotFound, "not here");
  EXPECT_FALSE(ProvesGone(std::unexpected(bare), "uid-1"));
  EXPECT_FALSE(ProvesGone(std::unexpected(base::Error(ErrorCode::kUnavailable, "away")), "uid-1"));
  EXPECT_TRUE(
      ProvesGone(std::unexpected(ErrorFromReply(404, {}, StatusBody(404, "NotFound"))), "uid-1"));

  k8s::io::api::core::v1::Pod pod;
  pod.mutable_metadata()->set_name("web");
  pod.mutable_metadata()->set_uid("uid-1");
  EXPECT_FALSE(ProvesGone(ToBytes(pod), "uid-1"));
  EXPECT_TRUE(ProvesGone(ToBytes(pod), "uid-2"));
  EXPECT_FALSE(ProvesGone(std::string("\xff garbage"), "uid-1"));
}

}  // namespace
}  // namespace vk::kube
