#include "eci_client/reply_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vk::eci {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

TEST(ReplyErrorTest, JsonErrorKeepsCodeRequestIdAndSaysWhatToDo) {
  const base::Error error = ErrorFromReply(
      {.status = 403,
       .headers = {{"Content-Type", "application/json;charset=utf-8"}},
       .body = R"({"RequestId":"R-1","HostId":"h","Code":"OperationDenied.NoStock",)"
               R"("Message":"The resource is out of stock.","Recommend":"https://x"})"});

  EXPECT_EQ(error.code, ErrorCode::kNoCapacity);
  EXPECT_EQ(error.cloud_code, "OperationDenied.NoStock");
  EXPECT_EQ(error.request_id, "R-1");
  EXPECT_EQ(error.message,
            "The resource is out of stock (OperationDenied.NoStock); choose another zone, vSwitch "
            "or size, or wait");
}

TEST(ReplyErrorTest, XmlErrorIsReadToo) {
  const base::Error error = ErrorFromReply(
      {.status = 400,
       .headers = {{"Content-Type", "text/xml;charset=utf-8"}},
       .body = "<?xml version='1.0'?><Error><RequestId>R-2</RequestId><Code>InvalidParameter</Code>"
               "<Message>&lt;Cpu&gt; &amp;lt; 0</Message></Error>"});

  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.cloud_code, "InvalidParameter");
  EXPECT_EQ(error.request_id, "R-2");
  EXPECT_THAT(error.message, HasSubstr("<Cpu> &lt; 0"));
}

TEST(ReplyErrorTest, BodyThatIsNotTheCloudsIsNoDefiniteRefusal) {
  for (const std::string body : {"", "<html>forbidden</html>", R"({"Code":"Forbid)", "{}", "null",
                                 "[1]", R"({"Code":""})", "<Error><Code>Forbidden", "\xff\xfe"}) {
    const base::Error error =
        ErrorFromReply({.status = 403, .headers = {{"X-Acs-Request-Id", "R-3"}}, .body = body});

    EXPECT_EQ(error.code, ErrorCode::kUnavailable) << body;
    EXPECT_EQ(error.cloud_code, "") << body;
    EXPECT_EQ(error.request_id, "R-3") << body;
    EXPECT_THAT(error.message, Not(HasSubstr("orbid"))) << body;
  }
}

TEST(ReplyErrorTest, ProxyThatLimitsIsThrottling) {
  EXPECT_EQ(ErrorFromReply({.status = 429, .headers = {}, .body = "slow down"}).code,
            ErrorCode::kThrottled);
}

TEST(ReplyErrorTest, EchoOfTheSignedTextIsCutOff) {
  const base::Error error = ErrorFromReply(
      {.status = 400,
       .headers = {},
       .body = R"({"Code":"SignatureDoesNotMatch","RequestId":"R","Message":"Specified signature )"
               R"(is not matched. Server string to sign is:POST&%2F&Password%3Dhunter2"})"});

  EXPECT_THAT(error.message, Not(HasSubstr("hunter2")));
  EXPECT_THAT(error.message, HasSubstr("check the access key id and secret"));
}

TEST(ReplyErrorTest, LongAndOddMessagesAreTidied) {
  const base::Error error =
      ErrorFromReply({.status = 400,
                      .headers = {},
                      .body = R"({"Code":"InvalidParameter","Message":"a\nb)" +
                              std::string(10'000, 'x') + R"("})"});

  EXPECT_THAT(error.message, HasSubstr("a bx"));
  EXPECT_LT(error.message.size(), 700u);
}

TEST(RetryAfterTest, HeadersSayWhenToComeBack) {
  EXPECT_EQ(RetryAfter({}), std::nullopt);
  EXPECT_EQ(RetryAfter({{"Retry-After", "3"}}), 3s);
  EXPECT_EQ(RetryAfter({{"x-ratelimit-user-api", "Remain:0,TimeLeft:5000"}}), 5s);
  EXPECT_EQ(RetryAfter({{"x-ratelimit-user-api", "Remain:7,TimeLeft:5000"}}), std::nullopt);
  EXPECT_EQ(RetryAfter({{"x-ratelimit-user-api", "Limit:10,Remain:0,TimeLeft:200"},
                        {"x-ratelimit-user", "Remain:0,TimeLeft:900"}}),
            900ms);
}

TEST(RetryAfterTest, NonsenseIsIgnoredAndTheLongestIsTenMinutes) {
  EXPECT_EQ(RetryAfter({{"Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"}}), std::nullopt);
  EXPECT_EQ(RetryAfter({{"Retry-After", "-5"}}), std::nullopt);
  EXPECT_EQ(RetryAfter({{"x-ratelimit-user", "TimeLeft"}}), std::nullopt);
  EXPECT_EQ(RetryAfter({{"Retry-After", "9223372036854775807"}}), 10min);
}

}  // namespace
}  // namespace vk::eci
