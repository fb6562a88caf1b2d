#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <thread>

#include "proto/fake/v1/control.grpc.pb.h"
#include "test/tools/fake_eci/server_fixture.h"

namespace vk::fake {
namespace {

class ControlTest : public FakeServerTest {
 protected:
  // Calls from a thread of its own, while the cloud runs on this one.
  void WithStub(const std::function<void(v1::Control::Stub&)>& use) {
    bool done = false;
    std::thread caller([&] {
      const auto stub = v1::Control::NewStub(
          grpc::CreateChannel(server_->control_address(), grpc::InsecureChannelCredentials()));
      use(*stub);
      boost::asio::post(io_, [&] { done = true; });
    });
    while (!done) RunOne();
    caller.join();
  }
};

TEST_F(ControlTest, GroupsAreStreamedWithTheirTransitions) {
  Send({.action = "CreateContainerGroup", .parameters = CreateParameters("web")});
  std::vector<v1::GroupRecord> groups;

  WithStub([&](v1::Control::Stub& stub) {
    grpc::ClientContext context;
    const auto reader = stub.ListGroups(&context, v1::ListGroupsRequest());
    for (v1::GroupRecord group; reader->Read(&group);) groups.push_back(group);
    EXPECT_TRUE(reader->Finish().ok());
  });

  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].name(), "web");
  EXPECT_EQ(groups[0].caller(), "test-key");
  EXPECT_EQ(groups[0].transitions(0).status(), "Scheduling");
  EXPECT_GT(groups[0].transitions(0).at().unix_ms(), 0);
}

TEST_F(ControlTest, AddedFaultStrikesTheNextCall) {
  WithStub([](v1::Control::Stub& stub) {
    grpc::ClientContext context;
    v1::Fault fault;
    fault.set_kind("error");
    fault.set_code("OperationDenied.NoStock");
    fault.set_action("CreateContainerGroup");
    v1::AddFaultResponse reply;
    EXPECT_TRUE(stub.AddFault(&context, fault, &reply).ok());
  });

  const auto refused = Send({.action = "CreateContainerGroup", .parameters = CreateParameters()});

  EXPECT_EQ(Member(refused, "Code"), "OperationDenied.NoStock");
}

TEST_F(ControlTest, FaultWithoutAKindIsRefused) {
  WithStub([](v1::Control::Stub& stub) {
    grpc::ClientContext context;
    v1::AddFaultResponse reply;
    EXPECT_EQ(stub.AddFault(&context, v1::Fault(), &reply).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT);
  });
}

TEST_F(ControlTest, FaultThatCanDoNothingIsRefusedWithWhatIsWrong) {
  const auto refusal = [this](const v1::Fault& fault) {
    std::string message;
    WithStub([&](v1::Control::Stub& stub) {
      grpc::ClientContext context;
      v1::AddFaultResponse reply;
      message = stub.AddFault(&context, fault, &reply).error_message();
    });
    return message;
  };
  v1::Fault fault;
  fault.set_kind("latency");
  EXPECT_EQ(refusal(fault), "a fault of kind latency needs latency_ms above 0, not 0");
  fault.set_latency_ms(-5);
  EXPECT_EQ(refusal(fault), "latency_ms is -5; it must not be below 0");
  fault.set_latency_ms(5);
  fault.set_probability(7);
  EXPECT_EQ(refusal(fault), "probability is 7; it must be 0 to 1");
  fault.set_probability(1);
  fault.set_count(0);
  EXPECT_EQ(refusal(fault), "count is 0; it must be above 0, or absent for a fault that stays");
}

TEST_F(ControlTest, LimitsChangeOnlyWhereGiven) {
  v1::Limits after;
  WithStub([&](v1::Control::Stub& stub) {
    grpc::ClientContext context;
    v1::Limits limits;
    limits.set_group_quota(7);
    EXPECT_TRUE(stub.SetLimits(&context, limits, &after).ok());
  });

  EXPECT_EQ(after.group_quota(), 7);
  EXPECT_EQ(after.cpu_quota(), Quotas().cpu);
  EXPECT_EQ(server_->cloud().quotas().groups, 7);
}

TEST_F(ControlTest, CallsAreCountedAndReset) {
  Send({.action = "DescribeRegions"});
  v1::CountCallsResponse before;
  v1::CountCallsResponse after;

  WithStub([&](v1::Control::Stub& stub) {
    grpc::ClientContext first;
    stub.CountCalls(&first, v1::CountCallsRequest(), &before);
    grpc::ClientContext second;
    v1::ResetResponse reset;
    stub.Reset(&second, v1::ResetRequest(), &reset);
    grpc::ClientContext third;
    stub.CountCalls(&third, v1::CountCallsRequest(), &after);
  });

  ASSERT_EQ(before.counts_size(), 1);
  EXPECT_EQ(before.counts(0).calls(), 1u);
  EXPECT_EQ(after.counts_size(), 0);
}

TEST_F(ControlTest, UnknownProfileIsRefused) {
  WithStub([](v1::Control::Stub& stub) {
    grpc::ClientContext context;
    v1::SetLatencyRequest request;
    request.set_name("slow");
    v1::SetLatencyResponse reply;
    const grpc::Status status = stub.SetLatency(&context, request, &reply);
    EXPECT_THAT(status.error_message(), testing::HasSubstr("instant, article"));
  });
}

}  // namespace
}  // namespace vk::fake
