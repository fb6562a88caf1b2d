#include "eci_client/channel/http_channel.h"

#include <gmock/gmock.h>

#include "base/sha256.h"
#include "eci_client/credentials/static_credentials.h"
#include "test/eci_client/rpc_fixture.h"
#include "test/eci_client/scripted_transport.h"

namespace vk::eci {
namespace {

using base::ErrorCode;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;
using namespace std::chrono_literals;

class HttpChannelTest : public RpcFixture {
 protected:
  void Make(HttpChannelOptions options, std::string token = "") {
    credentials_ = std::make_unique<StaticCredentials>(
        Credentials{.access_key_id = "id",
                    .access_key_secret = base::SecretString("key-secret"),
                    .security_token = base::SecretString(std::move(token)),
                    .expiry = std::nullopt});
    channel_ = std::make_unique<HttpChannel>(options, transport_, *credentials_, clock_, random_);
  }

  // Runs one CreateContainerGroup to its end.
  base::Result<RpcDone> Create(v1::CreateContainerGroupRequest request) {
    base::Result<RpcDone> status =
        std::unexpected(base::Error(ErrorCode::kInternal, "did not end"));
    tasks_.Spawn("create", RunCreate(std::move(request), &status));
    clock_.Advance(60s);
    return status;
  }

  boost::asio::awaitable<void> RunCreate(v1::CreateContainerGroupRequest request,
                                         base::Result<RpcDone>* status) {
    *status = co_await channel_->Call({.action = "CreateContainerGroup",
                                       .request = &request,
                                       .reply = &reply_,
                                       .deadline = In(30s)});
  }

  // A group whose one environment value has `bytes` bytes.
  static v1::CreateContainerGroupRequest GroupOf(std::size_t bytes) {
    v1::CreateContainerGroupRequest request;
    auto* variable = request.add_container()->add_environment_var();
    variable->set_key("BIG");
    variable->set_value(std::string(bytes, 'x'));
    return request;
  }

  base::Random random_{1};
  ScriptedTransport transport_{clock_};
  std::unique_ptr<StaticCredentials> credentials_;
  std::unique_ptr<HttpChannel> channel_;
  v1::CreateContainerGroupResponse reply_;
};

// What a server does with a V3 request.
std::string ExpectedSignature(const base::HttpRequest& request, std::string_view host) {
  base::HttpHeaders headers = request.headers;
  headers.emplace_back("Host", host);
  const auto authorization = ParseV3Authorization(base::FindHeader(headers, "authorization"));
  const std::size_t question = request.target.find('?');
  const QueryPairs query = question == std::string::npos
                               ? QueryPairs()
                               : *ParseQuery(request.target.substr(question + 1));
  return V3Signature(V3StringToSign({.method = request.method,
                                     .query = query,
                                     .headers = headers,
                                     .signed_headers = authorization->signed_headers},
                                    KeyForm::kEncoded),
                     base::SecretString("key-secret"));
}

std::string SentSignature(const base::HttpRequest& request) {
  return ParseV3Authorization(base::FindHeader(request.headers, "authorization"))->signature;
}

TEST_F(HttpChannelTest, ParametersTravelInASignedQuery) {
  Make({.host = "eci.test"});
  transport_.AnswerJson(200, R"({"RequestId":"R-1","ContainerGroupId":"eci-7","New":1})");
  v1::CreateContainerGroupRequest request;
  request.set_region_id("cn-test");
  request.add_container()->set_name("c 1");

  const auto status = Create(request);

  ASSERT_TRUE(status);
  EXPECT_EQ(reply_.container_group_id(), "eci-7");
  ASSERT_THAT(transport_.sent(), SizeIs(1));
  const base::HttpRequest& sent = transport_.sent()[0].request;
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.target, "/?RegionId=cn-test&Container.1.Name=c%201");
  EXPECT_EQ(sent.body, "");
  EXPECT_THAT(sent.headers, AllOf(Contains(Pair("x-acs-action", "CreateContainerGroup")),
                                  Contains(Pair("x-acs-version", "2018-08-08")),
                                  Contains(Pair("x-acs-credentials-provider", "static_ak")),
                                  Not(Contains(Pair("content-type", testing::_)))));
  EXPECT_EQ(SentSignature(sent), ExpectedSignature(sent, "eci.test"));
}

TEST_F(HttpChannelTest, LongQueryBecomesASignedForm) {
  Make({.host = "eci.test"});

  ASSERT_TRUE(Create(GroupOf(9'000)));

  const base::HttpRequest& sent = transport_.sent().at(0).request;
  EXPECT_EQ(sent.target, "/");
  EXPECT_THAT(sent.body, StartsWith("Container.1.EnvironmentVar.1.Key=BIG&"));
  EXPECT_EQ(base::FindHeader(sent.headers, "content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(base::FindHeader(sent.headers, "x-acs-content-sha256"), base::Sha256Hex(sent.body));
  EXPECT_EQ(SentSignature(sent), ExpectedSignature(sent, "eci.test"));
}

TEST_F(HttpChannelTest, FormBeyondAMebibyteIsNotSent) {
  Make({.host = "eci.test"});

  const auto status = Create(GroupOf((1u << 20) + 1));

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(status.error().message, HasSubstr("1048576"));
  EXPECT_THAT(transport_.sent(), SizeIs(0));
}

TEST_F(HttpChannelTest, SecurityTokenIsSentAndSigned) {
  Make({.host = "eci.test"}, "sts-token");

  ASSERT_TRUE(Create(GroupOf(1)));

  const base::HttpRequest& sent = transport_.sent().at(0).request;
  EXPECT_EQ(base::FindHeader(sent.headers, "x-acs-security-token"), "sts-token");
  EXPECT_THAT(std::string(base::FindHeader(sent.headers, "authorization")),
              HasSubstr("x-acs-security-token"));
  EXPECT_EQ(SentSignature(sent), ExpectedSignature(sent, "eci.test"));
}

TEST_F(HttpChannelTest, VersionOneSignsQueryAndFormTogether) {
  Make({.host = "eci.test", .signature = SignatureVersion::kV1});

  ASSERT_TRUE(Create(GroupOf(9'000)));

  const base::HttpRequest& sent = transport_.sent().at(0).request;
  QueryPairs all = *ParseQuery(sent.target.substr(2));
  EXPECT_THAT(all, AllOf(Contains(Pair("Action", "CreateContainerGroup")),
                         Contains(Pair("Format", "json")), Contains(Pair("AccessKeyId", "id")),
                         Contains(Pair("Timestamp", "2019-11-16T10:26:40Z"))));
  const auto signature =
      std::ranges::find(all, "Signature", &QueryPairs::value_type::first)->second;
  const QueryPairs form = *ParseQuery(sent.body);
  all.insert(all.end(), form.begin(), form.end());
  EXPECT_EQ(signature, V1Signature(V1StringToSign("POST", all), base::SecretString("key-secret")));
}

TEST_F(HttpChannelTest, EveryTryHasANonceOfItsOwn) {
  Make({.host = "eci.test"});

  ASSERT_TRUE(Create(GroupOf(1)));
  ASSERT_TRUE(Create(GroupOf(1)));

  const auto nonce = [&](std::size_t i) {
    return base::FindHeader(transport_.sent().at(i).request.headers, "x-acs-signature-nonce");
  };
  EXPECT_EQ(nonce(0).size(), 32u);
  EXPECT_NE(nonce(0), nonce(1));
}

TEST_F(HttpChannelTest, TransportMayRepeatOnlyWhatIsSafe) {
  Make({.host = "eci.test"});
  v1::CreateContainerGroupRequest with_token;
  with_token.set_client_token("t");

  ASSERT_TRUE(Create({}));
  ASSERT_TRUE(Create(with_token));

  EXPECT_EQ(transport_.sent().at(0).repeat, base::Repeat::kOnce);
  EXPECT_EQ(transport_.sent().at(1).repeat, base::Repeat::kSafe);
}

TEST_F(HttpChannelTest, HangingConnectionEndsTheTryBeforeTheCall) {
  Make({.host = "eci.test", .reply_limit = 10s});
  transport_.BeSilent();

  const auto call = Start(*channel_, "DescribeRegions", 30s);
  clock_.Advance(30s);

  ASSERT_TRUE(call->status);
  EXPECT_EQ(call->error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(call->ended - base::TimePoint(), 10s);
}

TEST_F(HttpChannelTest, GarbageInAGoodReplyLeavesTheEffectOpen) {
  Make({.host = "eci.test"});
  for (const std::string body :
       {"", "<html>", R"({"RequestId":"R-1","Contai)", R"({"ContainerGroupId":[1]})", "\xff"}) {
    transport_.Answer(
        base::HttpResponse{.status = 200, .headers = {{"x-acs-request-id", "R-5"}}, .body = body});

    const auto status = Create({});

    ASSERT_FALSE(status) << body;
    EXPECT_EQ(status.error().code, ErrorCode::kUnavailable) << body;
    EXPECT_EQ(status.error().request_id, "R-5") << body;
  }
}

TEST_F(HttpChannelTest, ErrorNamesTheActionAndTheRequest) {
  Make({.host = "eci.test"});
  transport_.AnswerJson(
      403, R"({"RequestId":"R-2","Code":"Forbidden.RAM","Message":"User not authorized."})");

  const auto status = Create({});

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(status.error().cloud_code, "Forbidden.RAM");
  EXPECT_EQ(status.error().request_id, "R-2");
  EXPECT_THAT(status.error().message, StartsWith("call CreateContainerGroup: User not authorized"));
}

TEST_F(HttpChannelTest, WhatTheCloudRepeatsOfARequestIsNoSecret) {
  Make({.host = "eci.test"}, "sts-token");
  transport_.AnswerJson(400, R"({"Code":"InvalidParameter","Message":"bad xxxxxxxx, key-secret,)"
                             R"( sts-token; see BIG"})");

  const auto status = Create(GroupOf(8));

  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("bad [secret], [secret], [secret]; see BIG"));
}

}  // namespace
}  // namespace vk::eci
