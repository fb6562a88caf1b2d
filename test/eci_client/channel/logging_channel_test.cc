#include "eci_client/channel/logging_channel.h"

#include <gmock/gmock.h>

#include "test/eci_client/rpc_fixture.h"

namespace vk::eci {
namespace {

using base::ErrorCode;
using base::LogLevel;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using namespace std::chrono_literals;

class LoggingChannelTest : public RpcFixture {
 protected:
  LoggingChannelTest() {
    auto next = std::make_unique<ScriptedChannel>(clock_);
    cloud_ = next.get();
    channel_ = std::make_unique<LoggingChannel>(std::move(next), clock_, log_);
  }

  RecordingLog log_;
  ScriptedChannel* cloud_ = nullptr;
  std::unique_ptr<LoggingChannel> channel_;
};

TEST_F(LoggingChannelTest, SuccessIsOneDebugLineWithTheRequestId) {
  cloud_->OnSuccess([](google::protobuf::Message* reply) {
    static_cast<v1::DeleteContainerGroupResponse*>(reply)->set_request_id("R-9");
  });

  Start(*channel_, "DeleteContainerGroup", 1s, "token-1");

  ASSERT_THAT(log_.lines(), SizeIs(1));
  EXPECT_EQ(log_.lines()[0].level, LogLevel::kDebug);
  EXPECT_EQ(log_.lines()[0].text,
            "cloud call action=DeleteContainerGroup parameters=\"container_group_id=eci-1 "
            "client_token=token-1\" request_id=R-9 took_ms=0");
}

TEST_F(LoggingChannelTest, FailureIsOneDebugLineThatSaysWhyAndWhichRequest) {
  cloud_->Fail(CloudError(ErrorCode::kConflict, "IncorrectStatus"));

  Start(*channel_, "DeleteContainerGroup", 1s);

  ASSERT_THAT(log_.lines(), SizeIs(1));
  EXPECT_EQ(log_.lines()[0].level, LogLevel::kDebug);
  EXPECT_THAT(log_.lines()[0].text,
              AllOf(HasSubstr("code=IncorrectStatus"), HasSubstr("request_id=REQUEST-1"),
                    HasSubstr("the cloud's words")));
}

TEST_F(LoggingChannelTest, SecretsOfARequestAreNotLogged) {
  v1::CreateContainerGroupRequest request;
  request.set_container_group_name("web");
  auto* variable = request.add_container()->add_environment_var();
  variable->set_key("PASSWORD");
  variable->set_value("hunter2");
  request.add_image_registry_credential()->set_password("hunter2");
  v1::CreateContainerGroupResponse reply;
  tasks_.Spawn("call",
               [](RpcChannel& channel, Rpc rpc) -> boost::asio::awaitable<void> {
                 (void)co_await channel.Call(rpc);
               }(*channel_, {.action = "CreateContainerGroup",
                             .request = &request,
                             .reply = &reply,
                             .deadline = In(1s)}));
  clock_.Advance(0s);

  ASSERT_THAT(log_.lines(), SizeIs(1));
  EXPECT_THAT(log_.lines()[0].text,
              AllOf(HasSubstr("container_group_name=web"), Not(HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace vk::eci
