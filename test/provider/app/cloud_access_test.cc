// The clients of the cloud as the settings make them, over the wire: one server on loopback that is
// STS under one name and ECI and PrivateZone under another.

#include "provider/app/cloud_access.h"

#include <gmock/gmock.h>

#include <vector>

#include "eci_client/percent_encoding.h"
#include "eci_client/signature.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/pvtz/v1/private_zone.pb.h"
#include "test/base/http/http_fixture.h"

namespace vk::app {
namespace {

using base::FindHeader;
using base::HttpRequest;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kRoleReply[] = R"({"RequestId": "R-1", "Credentials": {
    "AccessKeyId": "STS.short", "AccessKeySecret": "short-secret",
    "SecurityToken": "short-token", "Expiration": "2026-11-30T12:00:00Z"}})";

class CloudAccessTest : public base::HttpTest {
 protected:
  void SetUp() override {
    Serve([this](const HttpRequest& request, const base::HttpPeer&,
                 base::HttpResponder& responder) { return Answer(request, responder); });
    const std::string port = std::to_string(server_->port());
    options_.region = "cn-hangzhou";
    options_.node_name = "vk";
    options_.access_key = "long";
    options_.secret_key = base::SecretString("long-secret");
    options_.eci_endpoint = "http://127.0.0.1:" + port;
    options_.pvtz_endpoint = options_.eci_endpoint;
    options_.sts_endpoint = "http://localhost:" + port;
  }

  boost::asio::awaitable<void> Answer(const HttpRequest& request, base::HttpResponder& responder) {
    requests_.push_back(request);
    const bool role = FindHeader(request.headers, "x-acs-action").starts_with("AssumeRole");
    (void)co_await responder.Reply({.status = 200, .body = role ? kRoleReply : "{}"});
  }

  void Open() {
    auto access = CloudAccess::Make(
        options_,
        {.clock = clock_,
         .random = random_,
         .log = log_,
         .metrics = metrics_,
         .executor = io_.get_executor(),
         .read_credentials = [this] { return CredentialsOf(options_); },
         .read_file =
             [this](const std::string& path) { return base::Result<std::string>(files_[path]); }});
    ASSERT_TRUE(access) << access.error().message;
    access_ = *std::move(access);
  }
  void ListGroups() {
    const auto reply = Await(access_->groups().DescribeContainerGroups({}, Soon()));
    ASSERT_TRUE(reply) << reply.error().message;
  }

  // "ACTION of HOST", in order.
  std::vector<std::string> Calls() const {
    std::vector<std::string> calls;
    for (const HttpRequest& request : requests_) {
      const std::string host(FindHeader(request.headers, "host"));
      calls.push_back(std::string(FindHeader(request.headers, "x-acs-action")) + " of " +
                      host.substr(0, host.find(':')));
    }
    return calls;
  }
  static bool SignedBy(const HttpRequest& request, const std::string& key,
                       const std::string& secret) {
    const auto authorization =
        eci::ParseV3Authorization(FindHeader(request.headers, "authorization"));
    if (!authorization || authorization->access_key_id != key) return false;
    const std::size_t question = request.target.find('?');
    const eci::QueryPairs query = question == std::string::npos
                                      ? eci::QueryPairs()
                                      : *eci::ParseQuery(request.target.substr(question + 1));
    const std::string expected =
        eci::V3Signature(eci::V3StringToSign({.method = request.method,
                                              .query = query,
                                              .headers = request.headers,
                                              .signed_headers = authorization->signed_headers},
                                             eci::KeyForm::kEncoded),
                         base::SecretString(secret));
    return authorization->signature == expected;
  }

  config::Options options_;
  std::map<std::string, std::string> files_;
  base::Random random_{1};
  base::Metrics metrics_;
  std::vector<HttpRequest> requests_;
  std::unique_ptr<CloudAccess> access_;
};

TEST_F(CloudAccessTest, AccessKeySignsWhereThereIsNoRole) {
  Open();

  ListGroups();

  ASSERT_THAT(Calls(), ElementsAre("DescribeContainerGroups of 127.0.0.1"));
  EXPECT_TRUE(SignedBy(requests_[0], "long", "long-secret"));
}

TEST_F(CloudAccessTest, RoleIsHadFromTheStsEndpointOnceAndSignsTheCalls) {
  options_.role_arn = "acs:ram::1:role/vk";
  Open();

  ListGroups();
  ListGroups();

  ASSERT_THAT(Calls(),
              ElementsAre("AssumeRole of localhost", "DescribeContainerGroups of 127.0.0.1",
                          "DescribeContainerGroups of 127.0.0.1"));
  EXPECT_TRUE(SignedBy(requests_[0], "long", "long-secret"));
  EXPECT_EQ(FindHeader(requests_[0].headers, "x-acs-version"), "2015-04-01");
  EXPECT_THAT(requests_[0].target, HasSubstr("RoleArn=acs%3Aram%3A%3A1%3Arole%2Fvk"));
  EXPECT_THAT(requests_[0].target, HasSubstr("RoleSessionName=virtual-node-vk"));
  EXPECT_TRUE(SignedBy(requests_[1], "STS.short", "short-secret"));
  EXPECT_EQ(FindHeader(requests_[1].headers, "x-acs-security-token"), "short-token");
}

TEST_F(CloudAccessTest, TokenOfAnIdentityProviderGetsTheRoleWithoutAnyKey) {
  options_.access_key.clear();
  options_.secret_key = {};
  options_.role_arn = "acs:ram::1:role/vk";
  options_.oidc_provider_arn = "acs:ram::1:oidc-provider/ack";
  options_.oidc_token_file = "/var/run/token";
  files_["/var/run/token"] = "jwt.of.us";
  Open();

  ListGroups();

  ASSERT_THAT(Calls(), ElementsAre("AssumeRoleWithOIDC of localhost",
                                   "DescribeContainerGroups of 127.0.0.1"));
  EXPECT_EQ(FindHeader(requests_[0].headers, "authorization"), "");
  EXPECT_THAT(requests_[0].body, HasSubstr("OIDCToken=jwt.of.us"));
  EXPECT_THAT(requests_[0].target, testing::Not(HasSubstr("jwt.of.us")));
  EXPECT_TRUE(SignedBy(requests_[1], "STS.short", "short-secret"));
}

TEST_F(CloudAccessTest, PrivateZoneIsCalledAsTheSameRole) {
  options_.role_arn = "acs:ram::1:role/vk";
  options_.private_zone = config::PrivateZone::kAll;
  Open();

  ASSERT_TRUE(Await(access_->zones()->DescribeZones({}, Soon())));

  ASSERT_THAT(Calls(), ElementsAre("AssumeRole of localhost", "DescribeZones of 127.0.0.1"));
  EXPECT_TRUE(SignedBy(requests_[1], "STS.short", "short-secret"));
}

}  // namespace
}  // namespace vk::app
