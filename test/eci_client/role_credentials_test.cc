#include "eci_client/credentials/role_credentials.h"

#include <gmock/gmock.h>

#include "proto/sts/v1/sts.pb.h"
#include "test/eci_client/rpc_fixture.h"

namespace vk::eci {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using testing::HasSubstr;
using testing::SizeIs;

class RoleCredentialsTest : public RpcFixture {
 protected:
  RoleCredentialsTest() {
    sts_.OnSuccess([this](google::protobuf::Message* reply) {
      auto* const credentials =
          static_cast<sts::v1::AssumeRoleResponse*>(reply)->mutable_credentials();
      credentials->set_access_key_id("key-" + std::to_string(++issued_));
      credentials->set_access_key_secret("secret");
      credentials->set_security_token("token");
    });
  }

  // The key, or what went wrong.
  std::string Key() {
    std::string key = "no end";
    tasks_.Spawn("get", Keep(&credentials_, In(5s), &key));
    clock_.Advance(0s);
    return key;
  }
  static boost::asio::awaitable<void> Keep(RoleCredentials* credentials, base::TimePoint deadline,
                                           std::string* key) {
    const auto got = co_await credentials->Get(deadline);
    *key = got ? got->access_key_id : got.error().message;
  }

  int issued_ = 0;
  ScriptedChannel sts_{clock_};
  RecordingLog log_;
  RoleCredentials credentials_{
      {.role_arn = "acs:ram::1:role/vk", .session_name = "vk", .oidc_provider_arn = {}},
      sts_,
      nullptr,
      clock_,
      log_,
      io_.get_executor()};
};

TEST_F(RoleCredentialsTest, CredentialsAreKeptAndRenewedBeforeTheyEnd) {
  EXPECT_EQ(Key(), "key-1");
  clock_.Advance(44min);
  EXPECT_EQ(Key(), "key-1");
  clock_.Advance(1min);
  EXPECT_EQ(Key(), "key-2");
  EXPECT_THAT(sts_.calls(), SizeIs(2));
}

TEST_F(RoleCredentialsTest, CallersOfOneMomentShareOneCall) {
  std::vector<std::string> keys(20);
  for (std::string& key : keys) tasks_.Spawn("get", Keep(&credentials_, In(5s), &key));
  clock_.Advance(0s);

  EXPECT_THAT(keys, testing::Each("key-1"));
  EXPECT_THAT(sts_.calls(), SizeIs(1));
}

TEST_F(RoleCredentialsTest, CredentialsServeWhileStsFailsAndStillLast) {
  ASSERT_EQ(Key(), "key-1");
  clock_.Advance(50min);
  for (int i = 0; i < 2; ++i) sts_.Fail(CloudError(ErrorCode::kUnavailable, "ServiceUnavailable"));

  for (int second = 0; second < 12; ++second) {
    EXPECT_EQ(Key(), "key-1");
    clock_.Advance(1s);
  }

  EXPECT_THAT(sts_.calls(), SizeIs(3));
  clock_.Advance(10s);
  EXPECT_EQ(Key(), "key-2");
}

TEST_F(RoleCredentialsTest, CredentialsThatEndedAreNotUsedAgain) {
  ASSERT_EQ(Key(), "key-1");
  clock_.Advance(61min);
  sts_.Fail(CloudError(ErrorCode::kPermissionDenied, "NoPermission"));

  EXPECT_THAT(Key(), HasSubstr("the cloud's words"));
}

TEST_F(RoleCredentialsTest, RefusalIsToldToAllAndStsIsAskedOnceASecond) {
  for (int i = 0; i < 2; ++i) sts_.Fail(CloudError(ErrorCode::kPermissionDenied, "NoPermission"));

  for (int i = 0; i < 20; ++i) EXPECT_THAT(Key(), HasSubstr("the cloud's words"));
  EXPECT_THAT(sts_.calls(), SizeIs(1));
  clock_.Advance(1s);
  EXPECT_THAT(Key(), HasSubstr("the cloud's words"));
  clock_.Advance(1s);
  EXPECT_EQ(Key(), "key-1");
}

TEST_F(RoleCredentialsTest, ReplyWithoutAKeyIsAnError) {
  sts_.OnSuccess(nullptr);

  EXPECT_THAT(Key(), HasSubstr("the reply of STS has none"));
}

}  // namespace
}  // namespace vk::eci
