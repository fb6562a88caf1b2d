#include "eci_client/channel/factory.h"

#include <gmock/gmock.h>

#include "eci_client/credentials/static_credentials.h"
#include "eci_client/disposition.h"
#include "eci_client/eci_client.h"
#include "test/eci_client/rpc_fixture.h"
#include "test/eci_client/scripted_transport.h"

namespace vk::eci {
namespace {

using base::ErrorCode;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using namespace std::chrono_literals;

// The whole chain below EciApi, as the agent gets it.
class EciClientTest : public RpcFixture {
 protected:
  using Created = base::Result<Timed<v1::CreateContainerGroupResponse>>;

  Created Create(v1::CreateContainerGroupRequest request,
                 const base::SendPermit* permit = nullptr) {
    std::optional<Created> result;
    tasks_.Spawn("create", RunCreate(std::move(request), permit, &result));
    clock_.Advance(120s);
    return std::move(result.value());
  }

  boost::asio::awaitable<void> RunCreate(v1::CreateContainerGroupRequest request,
                                         const base::SendPermit* permit,
                                         std::optional<Created>* result) {
    result->emplace(co_await client_.CreateContainerGroup(std::move(request),
                                                          {.deadline = In(60s), .permit = permit}));
  }

  static v1::CreateContainerGroupRequest Group() {
    v1::CreateContainerGroupRequest request;
    request.set_client_token("token-1");
    request.add_image_registry_credential()->set_password("hunter2-password");
    auto* variable = request.add_container()->add_environment_var();
    variable->set_key("K");
    variable->set_value("hunter2-value");
    return request;
  }

  std::string LogText() const {
    std::string text;
    for (const auto& line : log_.lines()) text += line.text + "\n";
    return text;
  }

  ScriptedTransport transport_{clock_};
  StaticCredentials credentials_{{.access_key_id = "id",
                                  .access_key_secret = base::SecretString("hunter2-secret"),
                                  .security_token = base::SecretString("hunter2-token"),
                                  .expiry = std::nullopt}};
  base::Random random_{1};
  RecordingLog log_;
  base::Metrics metrics_;
  std::unique_ptr<RpcChannel> channel_ =
      MakeChannel({.http = {.host = "eci.test"}}, {.transport = transport_,
                                                   .credentials = credentials_,
                                                   .clock = clock_,
                                                   .random = random_,
                                                   .log = log_,
                                                   .metrics = metrics_,
                                                   .executor = io_.get_executor()});
  EciClient client_{*channel_, "cn-test"};
};

TEST_F(EciClientTest, RegionIsFilledInUnlessGiven) {
  v1::CreateContainerGroupRequest elsewhere;
  elsewhere.set_region_id("cn-other");

  ASSERT_TRUE(Create({}));
  ASSERT_TRUE(Create(elsewhere));

  EXPECT_EQ(transport_.sent().at(0).request.target, "/?RegionId=cn-test");
  EXPECT_EQ(transport_.sent().at(1).request.target, "/?RegionId=cn-other");
}

TEST_F(EciClientTest, LostReplyIsRepeatedWithTheSameParametersAndANewNonce) {
  transport_.Answer(std::unexpected(base::Error(ErrorCode::kUnavailable, "connection reset")));
  transport_.AnswerJson(200, R"({"RequestId":"R-1","ContainerGroupId":"eci-7"})");

  const auto created = Create(Group());

  ASSERT_TRUE(created);
  EXPECT_EQ(created->reply.container_group_id(), "eci-7");
  ASSERT_THAT(transport_.sent(), SizeIs(2));
  const auto& first = transport_.sent()[0].request;
  const auto& second = transport_.sent()[1].request;
  EXPECT_EQ(first.target, second.target);
  EXPECT_NE(base::FindHeader(first.headers, "x-acs-signature-nonce"),
            base::FindHeader(second.headers, "x-acs-signature-nonce"));
  EXPECT_THAT(metrics_.Text(),
              AllOf(HasSubstr(R"(eci_requests_total{action="CreateContainerGroup",code="OK"} 1)"),
                    HasSubstr(R"(eci_retries_total{action="CreateContainerGroup"} 1)")));
}

TEST_F(EciClientTest, NonceSeenTwiceIsRepeatedUnderTheSameToken) {
  transport_.AnswerJson(400, R"({"RequestId":"R-1","Code":"SignatureNonceUsed","Message":"m"})");
  transport_.AnswerJson(200, R"({"RequestId":"R-2","ContainerGroupId":"eci-7"})");

  EXPECT_TRUE(Create(Group()));
}

// Until a moment.
class PermitUntil final : public base::SendPermit {
 public:
  PermitUntil(base::Clock& clock, base::TimePoint until) : clock_(clock), until_(until) {}
  bool MaySend() const override { return clock_.Now() < until_; }

 private:
  base::Clock& clock_;
  const base::TimePoint until_;
};

TEST_F(EciClientTest, CallWithoutAPermitWasNeverSent) {
  const PermitUntil permit(clock_, clock_.Now());

  const auto created = Create(Group(), &permit);

  EXPECT_TRUE(base::WasNotSent(created.error()));
  EXPECT_FALSE(MayHaveHappened(created.error()));
  EXPECT_THAT(transport_.sent(), SizeIs(0));
}

TEST_F(EciClientTest, RetryAfterThePermitEndedIsNotSentAndTheFirstTryStaysOpen) {
  transport_.Answer(base::HttpResponse{
      .status = 400,
      .headers = {{"x-ratelimit-user-api", "Remain:0,TimeLeft:5000"}},
      .body = R"({"RequestId":"R-1","Code":"Throttling.User","Message":"slow down"})"});
  const PermitUntil permit(clock_, clock_.Now() + 3s);

  const auto created = Create(Group(), &permit);

  EXPECT_TRUE(base::WasNotSent(created.error()));
  EXPECT_TRUE(MayHaveHappened(created.error()));
  EXPECT_THAT(transport_.sent(), SizeIs(1));
}

TEST_F(EciClientTest, CallThatWaitsForItsTurnPastThePermitIsNotSent) {
  const PermitUntil permit(clock_, clock_.Now() + 1s);
  std::vector<std::optional<Created>> results(200);
  for (auto& result : results) tasks_.Spawn("create", RunCreate(Group(), &permit, &result));
  clock_.Advance(120s);

  // A hundred at once, then a thousand a minute.
  EXPECT_THAT(transport_.sent(), SizeIs(testing::AllOf(testing::Ge(100u), testing::Le(117u))));
  EXPECT_TRUE(base::WasNotSent(results.back()->error()));
}

TEST_F(EciClientTest, ThrottlingHoldsTheRetryForTheTimeTheCloudNamed) {
  transport_.Answer(base::HttpResponse{
      .status = 400,
      .headers = {{"x-ratelimit-user-api", "Remain:0,TimeLeft:5000"}},
      .body = R"({"RequestId":"R-1","Code":"Throttling.User","Message":"slow down"})"});

  ASSERT_TRUE(Create(Group()));

  ASSERT_THAT(transport_.sent(), SizeIs(2));
  EXPECT_EQ(transport_.sent()[1].deadline - transport_.sent()[0].deadline, 5s);
  EXPECT_THAT(metrics_.Text(),
              HasSubstr(R"(eci_throttled_total{action="CreateContainerGroup"} 1)"));
}

TEST_F(EciClientTest, NoLineAndNoErrorHoldsASecret) {
  const std::string echo = "hunter2-password hunter2-value hunter2-secret hunter2-token";
  transport_.Answer(std::unexpected(base::Error(ErrorCode::kUnavailable, "lost: " + echo)));
  transport_.AnswerJson(
      500, R"({"RequestId":"R-1","Code":"InternalError","Message":")" + echo + R"("})");
  transport_.AnswerJson(200, "garbage " + echo);
  transport_.AnswerJson(400,
                        R"({"RequestId":"R-2","Code":"SignatureDoesNotMatch","Message":"server)"
                        R"( string to sign is: )" +
                            echo + R"("})");

  const auto created = Create(Group());

  ASSERT_FALSE(created);
  EXPECT_THAT(transport_.sent(), SizeIs(4));
  EXPECT_THAT(created.error().message, Not(HasSubstr("hunter2")));
  EXPECT_THAT(LogText(), AllOf(HasSubstr("R-1"), HasSubstr("R-2"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(metrics_.Text(), Not(HasSubstr("hunter2")));
}

TEST(HostOfUrlTest, SchemeAndPathAreLeftOut) {
  EXPECT_EQ(HostOfUrl("https://eci.cn-hangzhou.aliyuncs.com"), "eci.cn-hangzhou.aliyuncs.com");
  EXPECT_EQ(HostOfUrl("http://127.0.0.1:18080/"), "127.0.0.1:18080");
  EXPECT_EQ(HostOfUrl("http://[::1]:18080"), "[::1]:18080");
}

}  // namespace
}  // namespace vk::eci
