#include <gmock/gmock.h>

#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/metric.pb.h"
#include "test/tools/fake_eci/engine/cloud_fixture.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class ContainerCallsTest : public CloudTest {
 protected:
  eci::v1::DescribeContainerLogRequest LogOf(const std::string& id) {
    eci::v1::DescribeContainerLogRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_container_group_id(id);
    request.set_container_name("main");
    return request;
  }
  std::string Log(const eci::v1::DescribeContainerLogRequest& request) {
    const auto reply = Call<eci::v1::DescribeContainerLogResponse>("DescribeContainerLog", request);
    EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
    return reply ? reply->content() : "";
  }
  base::Result<eci::v1::ExecContainerCommandResponse> Exec(const std::string& id,
                                                           const std::string& command,
                                                           bool sync = true) {
    eci::v1::ExecContainerCommandRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_container_group_id(id);
    request.set_container_name("main");
    request.set_command(command);
    request.set_sync(sync);
    return Call<eci::v1::ExecContainerCommandResponse>("ExecContainerCommand", request);
  }
  std::string CreateRunning(const eci::v1::CreateContainerGroupRequest& request) {
    const std::string id = CreateId(request);
    Advance(0s);
    return id;
  }
};

TEST_F(ContainerCallsTest, LogHasTheLinesOfTheEnvironment) {
  auto request = Request();
  SetEnv(request.mutable_container(0), "FAKE_ECI_LOG", "one\ntwo\nthree");
  auto log = LogOf(CreateRunning(request));
  EXPECT_EQ(Log(log), "one\ntwo\nthree\n");

  log.set_tail(1);
  EXPECT_EQ(Log(log), "three\n");
  log.clear_tail();
  log.set_limit_bytes(5);
  EXPECT_EQ(Log(log), "one\nt");
}

TEST_F(ContainerCallsTest, LogCanCarryTimesAndStartLate) {
  auto request = Request();
  SetEnv(request.mutable_container(0), "FAKE_ECI_LOG", "hello");
  auto log = LogOf(CreateRunning(request));
  log.set_timestamps(true);
  EXPECT_THAT(Log(log), testing::MatchesRegex("20[0-9-]+T[0-9:]+Z hello\n"));

  Advance(60s);
  log.set_since_seconds(30);

  EXPECT_EQ(Log(log), "");
}

TEST_F(ContainerCallsTest, LogOfThePreviousContainerIsKept) {
  auto request = Request();
  SetEnv(request.mutable_container(0), "FAKE_ECI_LOG", "line");
  SetEnv(request.mutable_container(0), "FAKE_ECI_RUN_SECONDS", "5");
  auto log = LogOf(CreateRunning(request));
  log.set_last_time(true);
  EXPECT_EQ(Log(log), "");

  Advance(5s);

  EXPECT_EQ(Log(log), "line\n");
}

TEST_F(ContainerCallsTest, SynchronousExecRunsItsSmallScript) {
  auto request = Request();
  SetEnv(request.mutable_container(0), "GREETING", "hi");
  const std::string id = CreateRunning(request);

  EXPECT_EQ(Exec(id, R"(["echo","a","b"])")->sync_response(), "a b\n");
  EXPECT_THAT(Exec(id, R"(["env"])")->sync_response(), HasSubstr("GREETING=hi\n"));
  EXPECT_EQ(Exec(id, R"(["sh","-c","exit 3"])")->sync_response(),
            "command terminated with exit code 3\n");
}

TEST_F(ContainerCallsTest, ExecWithoutSyncGivesAStream) {
  const std::string id = CreateRunning(Request());
  cloud_.SetExecUrl("ws://127.0.0.1:1/exec/");

  EXPECT_THAT(Exec(id, R"(["sh"])", false)->web_socket_uri(),
              testing::StartsWith("ws://127.0.0.1:1/exec/?s="));
}

TEST_F(ContainerCallsTest, ExecNeedsARunningContainerAndAJsonArray) {
  const std::string waiting = CreateId(Request());
  EXPECT_EQ(CodeOf(Exec(waiting, R"(["echo"])")), "OK") << "due changes come before the call";

  auto request = Request();
  request.set_restart_policy("Never");
  SetEnv(request.mutable_container(0), "FAKE_ECI_RUN_SECONDS", "0");
  const std::string ended = CreateRunning(request);

  EXPECT_EQ(CodeOf(Exec(ended, R"(["echo"])")), "IncorrectStatus");
  EXPECT_EQ(CodeOf(Exec(waiting, "echo")), "InvalidParameter");
}

TEST_F(ContainerCallsTest, UpdatedImageRestartsTheContainerInPlace) {
  const std::string id = CreateRunning(Request());
  const std::string address = Describe(id).intranet_ip();
  eci::v1::UpdateContainerGroupRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_container_group_id(id);
  auto* container = request.add_container();
  container->set_name("main");
  container->set_image("registry.example/app:2");

  ASSERT_TRUE(Call<eci::v1::UpdateContainerGroupResponse>("UpdateContainerGroup", request));
  Advance(0s);

  const auto group = Describe(id);
  EXPECT_EQ(group.containers(0).image(), "registry.example/app:2");
  EXPECT_EQ(group.containers(0).restart_count(), 1);
  EXPECT_EQ(group.containers(0).current_state().state(), "Running");
  EXPECT_EQ(group.intranet_ip(), address);
}

TEST_F(ContainerCallsTest, GroupIsUpdatingUntilItsContainersHaveStartedAgain) {
  LatencyProfile profile = cloud_.latency();
  profile.restart = Distribution({{.share = 0, .time = 10s}});
  cloud_.SetLatency(profile);
  const std::string id = CreateRunning(Request());
  eci::v1::UpdateContainerGroupRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_container_group_id(id);
  auto* container = request.add_container();
  container->set_name("main");
  container->set_image("registry.example/app:2");
  ASSERT_TRUE(Call<eci::v1::UpdateContainerGroupResponse>("UpdateContainerGroup", request));

  EXPECT_EQ(Describe(id).status(), "Updating");
  EXPECT_EQ(CodeOf(Call<eci::v1::UpdateContainerGroupResponse>("UpdateContainerGroup", request)),
            "IncorrectStatus");
  Advance(10s);

  EXPECT_EQ(Describe(id).status(), "Running");
  EXPECT_EQ(Describe(id).containers(0).restart_count(), 1);
}

TEST_F(ContainerCallsTest, NewEnvironmentIsHadByTheNextLifeOfAContainerInBackOff) {
  auto created = Request();
  SetEnv(created.mutable_container(0), "FAKE_ECI_RUN_SECONDS", "1");
  const std::string id = CreateRunning(created);
  Advance(3s);
  ASSERT_EQ(Describe(id).containers(0).current_state().reason(), "CrashLoopBackOff");
  eci::v1::UpdateContainerGroupRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_container_group_id(id);
  auto* container = request.add_container();
  container->set_name("main");
  SetEnv(container, "FAKE_ECI_RUN_SECONDS", "1000");

  ASSERT_TRUE(Call<eci::v1::UpdateContainerGroupResponse>("UpdateContainerGroup", request));
  Advance(100s);

  EXPECT_EQ(Describe(id).containers(0).current_state().state(), "Running");
  EXPECT_EQ(Describe(id).containers(0).restart_count(), 2);
}

TEST_F(ContainerCallsTest, MetricsHaveTheLastFiveMinutes) {
  const std::string id = CreateRunning(Request());
  Advance(10min);
  eci::v1::DescribeContainerGroupMetricRequest request;
  request.set_container_group_id(id);

  const auto reply =
      Call<eci::v1::DescribeContainerGroupMetricResponse>("DescribeContainerGroupMetric", request);

  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->records_size(), 20);
  EXPECT_EQ(reply->records(0).cpu().limit(), 2000);
}

class GroupMetricsTest : public ContainerCallsTest {
 protected:
  base::Result<eci::v1::DescribeMultiContainerGroupMetricResponse> MetricsOf(
      const std::string& first, const std::string& second) {
    eci::v1::DescribeMultiContainerGroupMetricRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_container_group_ids("[\"" + first + "\",\"" + second + "\"]");
    return Call<eci::v1::DescribeMultiContainerGroupMetricResponse>(
        "DescribeMultiContainerGroupMetric", request);
  }
};

TEST_F(GroupMetricsTest, DiskHoldsWhatContainersSayThatTheyHaveWritten) {
  auto request = Request();
  auto& variable = *request.mutable_container(0)->add_environment_var();
  variable.set_key("FAKE_ECI_DISK_MIB");
  variable.set_value("3");
  const std::string writer = CreateRunning(request);
  const std::string other = CreateRunning(Request());

  const auto reply = MetricsOf(writer, other);

  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->monitor_datas_size(), 2);
  EXPECT_EQ(reply->monitor_datas(0).records(0).filesystem(0).usage(), 3 << 20);
  EXPECT_EQ(reply->monitor_datas(1).records(0).filesystem(0).usage(), 0);
}

TEST_F(GroupMetricsTest, OneCallHasTheMetricsOfManyGroups) {
  const std::string first = CreateRunning(Request());
  const std::string second = CreateRunning(Request());

  const auto reply = MetricsOf(first, second);

  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->monitor_datas_size(), 2);
}

}  // namespace
}  // namespace vk::fake
