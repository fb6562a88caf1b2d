#include <gmock/gmock.h>

#include "test/tools/fake_eci/server_fixture.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class SignatureVersionTest : public FakeServerTest,
                             public testing::WithParamInterface<eci::SignatureVersion> {
 protected:
  // The error code of a call that is refused.
  std::string CodeOf(Call call) {
    call.signature = GetParam();
    return Member(Send(call), "Code");
  }
};

INSTANTIATE_TEST_SUITE_P(Both, SignatureVersionTest,
                         testing::Values(eci::SignatureVersion::kV3, eci::SignatureVersion::kV1));

TEST_P(SignatureVersionTest, SignedCreationIsListedAfterwards) {
  const base::HttpResponse created = Send({.action = "CreateContainerGroup",
                                           .parameters = CreateParameters("web"),
                                           .signature = GetParam()});
  ASSERT_EQ(created.status, 200) << created.body;
  EXPECT_THAT(Member(created, "ContainerGroupId"), StartsWith("eci-bp1"));
  EXPECT_THAT(Member(created, "RequestId"), MatchesRegex("[0-9A-F-]{36}"));

  const base::HttpResponse listed = Send({.action = "DescribeContainerGroups",
                                          .parameters = {{"RegionId", "cn-hangzhou"}},
                                          .signature = GetParam()});

  EXPECT_THAT(Member(listed, "ContainerGroups"), HasSubstr("\"ContainerGroupName\":\"web\""));
  EXPECT_EQ(Member(listed, "TotalCount"), "1");
}

TEST_P(SignatureVersionTest, WrongSecretIsRefusedWithTheStringToSign) {
  const base::HttpResponse refused =
      Send({.action = "DescribeRegions", .signature = GetParam(), .secret = "other"});

  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(Member(refused, "Code"), "SignatureDoesNotMatch");
  EXPECT_THAT(Member(refused, "Message"), HasSubstr("server string to sign is:"));
}

TEST_P(SignatureVersionTest, UnknownKeyIsRefused) {
  EXPECT_EQ(CodeOf({.action = "DescribeRegions", .key = "nobody"}), "InvalidAccessKeyId.NotFound");
}

TEST_P(SignatureVersionTest, ClockSkewOverFifteenMinutesIsRefused) {
  EXPECT_EQ(CodeOf({.action = "DescribeRegions", .clock_skew = -16min}),
            "InvalidTimeStamp.Expired");
  EXPECT_EQ(CodeOf({.action = "DescribeRegions", .clock_skew = 16min}), "InvalidTimeStamp.Expired");
  EXPECT_EQ(CodeOf({.action = "DescribeRegions", .clock_skew = -14min}), "");
}

TEST_P(SignatureVersionTest, NonceSeenBeforeIsRefused) {
  EXPECT_EQ(CodeOf({.action = "DescribeRegions", .nonce = "n-1"}), "");
  EXPECT_EQ(CodeOf({.action = "DescribeRegions", .nonce = "n-1"}), "SignatureNonceUsed");
}

TEST_P(SignatureVersionTest, TemporaryKeyNeedsItsToken) {
  const Call call{.action = "DescribeRegions", .key = "sts-key", .secret = "sts-secret"};
  Call with_token = call;
  with_token.token = "the-token";
  Call with_other = call;
  with_other.token = "another";

  EXPECT_EQ(CodeOf(with_token), "");
  EXPECT_EQ(CodeOf(call), "MissingSecurityToken");
  EXPECT_EQ(CodeOf(with_other), "InvalidSecurityToken.MismatchWithAccessKey");
}

TEST_P(SignatureVersionTest, FormBodyIsReadLikeAQuery) {
  const base::HttpResponse created = Send({.action = "CreateContainerGroup",
                                           .parameters = CreateParameters(),
                                           .signature = GetParam(),
                                           .placement = eci::UnsignedCall::Placement::kForm});

  EXPECT_EQ(created.status, 200) << created.body;
}

TEST_P(SignatureVersionTest, PrivateZoneHasAVersionOfItsOwn) {
  const Call call{.action = "AddZone", .parameters = {{"ZoneName", "svc.test"}}};
  Call zone_call = call;
  zone_call.version = "2018-01-01";

  EXPECT_EQ(CodeOf(zone_call), "");
  EXPECT_EQ(CodeOf(call), "InvalidVersion");
  EXPECT_EQ(CodeOf({.action = "DescribeRegions", .version = "2018-01-01"}), "InvalidVersion");
}

TEST_F(FakeServerTest, UnsignedCallIsRefused) {
  const base::HttpResponse refused = Send({.method = "POST", .target = "/?Action=DescribeRegions"});

  EXPECT_EQ(Member(refused, "Code"), "IncompleteSignature");
}

TEST_F(FakeServerTest, BodyOtherThanTheSignedOneIsRefused) {
  base::HttpRequest request = Sign({.action = "CreateContainerGroup",
                                    .parameters = CreateParameters(),
                                    .placement = eci::UnsignedCall::Placement::kForm});
  request.body += "&Cpu=64";

  EXPECT_EQ(Member(Send(request), "Code"), "SignatureDoesNotMatch");
}

TEST_F(FakeServerTest, ErrorBodyHasTheCloudsFiveMembers) {
  const base::HttpResponse refused = Send({.action = "CreateContainerGroup"});

  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(base::FindHeader(refused.headers, "Content-Type"), "application/json;charset=utf-8");
  EXPECT_EQ(Member(refused, "Code"), "MissingParameter");
  EXPECT_THAT(Member(refused, "Message"), HasSubstr("RegionId"));
  EXPECT_THAT(Member(refused, "HostId"), StartsWith("127.0.0.1:"));
  EXPECT_THAT(Member(refused, "Recommend"), StartsWith("https://"));
  EXPECT_THAT(Member(refused, "RequestId"), MatchesRegex("[0-9A-F-]{36}"));
}

TEST_F(FakeServerTest, UnknownActionIsNotFound) {
  const base::HttpResponse refused = Send({.action = "MakeCoffee"});

  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(Member(refused, "Code"), "InvalidAction.NotFound");
}

TEST_F(FakeServerTest, ParameterOfTheWrongTypeIsInvalid) {
  auto parameters = CreateParameters();
  parameters.emplace_back("Container.1.Cpu", "much");

  const base::HttpResponse refused =
      Send({.action = "CreateContainerGroup", .parameters = parameters});

  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(Member(refused, "Code"), "InvalidParameter");
}

TEST_F(FakeServerTest, CommandThatTheGoSdkCannotWriteIsNoProbe) {
  auto parameters = CreateParameters();
  parameters.emplace_back("Container.1.LivenessProbe.Exec.Command", "<[]string Value>");
  parameters.emplace_back("Container.1.ReadinessProbe.Exec.Command", "<[]string Value>");
  parameters.emplace_back("Container.1.ReadinessProbe.TcpSocket.Port", "80");

  const base::HttpResponse created =
      Send({.action = "CreateContainerGroup", .parameters = parameters});
  const base::HttpResponse listed =
      Send({.action = "DescribeContainerGroups", .parameters = {{"RegionId", "cn-hangzhou"}}});

  EXPECT_EQ(created.status, 200) << created.body;
  EXPECT_THAT(listed.body, Not(HasSubstr("LivenessProbe")));
  EXPECT_THAT(listed.body, HasSubstr("\"TcpSocket\":{\"Port\":80}"));
}

TEST_F(FakeServerTest, LostReplyBreaksTheConnectionAfterTheEffect) {
  server_->cloud().faults().Add({.action = "CreateContainerGroup", .kind = FaultKind::kLostReply});

  const auto answer =
      TrySend(Sign({.action = "CreateContainerGroup", .parameters = CreateParameters()}));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, base::ErrorCode::kUnavailable);
  EXPECT_EQ(server_->cloud().groups().size(), 1u);
}

TEST_F(FakeServerTest, ThrottledCallSaysWhenToComeBack) {
  server_->cloud().flow_limits().Set("DescribeRegions", 0);

  const base::HttpResponse refused = Send({.action = "DescribeRegions"});

  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(Member(refused, "Code"), "Throttling.Api");
  EXPECT_THAT(std::string(base::FindHeader(refused.headers, "x-ratelimit-user-api")),
              MatchesRegex("Remain:0,TimeLeft:[0-9]+"));
}

TEST_F(FakeServerTest, GroupRunsWithoutAnybodyAsking) {
  LatencyProfile profile;
  profile.start = Distribution({{0, 5ms}, {1, 5ms}});
  server_->cloud().SetLatency(profile);
  Send({.action = "CreateContainerGroup", .parameters = CreateParameters()});

  while (server_->cloud().groups()[0].transitions.back().status != "Running") RunOne();

  const auto& record = server_->cloud().groups()[0];
  EXPECT_EQ(record.Reached("Running")->steady - record.Reached("Scheduling")->steady, 5ms);
}

TEST_F(FakeServerTest, HealthNeedsNoSignature) {
  EXPECT_EQ(Send({.method = "GET", .target = "/healthz"}).status, 200);
}

TEST_F(FakeServerTest, ExecStreamOfASimulatedContainerIsRefusedWithARemedy) {
  const base::HttpResponse refused = Send({.method = "GET", .target = "/exec/?s=1"});

  EXPECT_EQ(refused.status, 501);
  EXPECT_THAT(refused.body, HasSubstr("--runtime containerd"));
  EXPECT_THAT(refused.body, HasSubstr("Sync=true"));
}

}  // namespace
}  // namespace vk::fake
