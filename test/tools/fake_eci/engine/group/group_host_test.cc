#include "tools/fake_eci/engine/group/group_host.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/metric.pb.h"
#include "test/tools/fake_eci/engine/cloud_fixture.h"
#include "tools/fake_eci/engine/group/group.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = HostReport::Kind;

// Notes what it is told: "start main 1 epoch" and the like, without the epoch in `told`.
class RecordingHost final : public GroupHost {
 public:
  void Prepare(const Group& group) override {
    told.push_back("prepare");
    report_ = {.kind = Kind::kPrepared, .group = group.number, .epoch = group.epoch};
  }
  void Start(const Group& group, std::size_t container) override {
    const SimulatedContainer& started = group.containers[container];
    told.push_back("start " + started.name + " " + std::to_string(started.restart_count));
    report_ = {.kind = Kind::kStarted,
               .group = group.number,
               .container = container,
               .epoch = started.epoch};
  }
  void Stop(const Group& group, std::size_t container, std::chrono::nanoseconds grace) override {
    told.push_back("stop " + group.containers[container].name + " " + std::to_string(grace / 1s));
  }
  void Release(const Group&) override { told.push_back("release"); }
  void Forget(const Group&) override { told.push_back("forget"); }
  std::vector<LogLine> ReadLog(const Group&, std::size_t, int life) const override {
    return {{base::WallTime(), "life " + std::to_string(life)}};
  }

  std::vector<UsageSample> ReadUsage(const Group&, base::WallTime from,
                                     base::WallTime until) const override {
    std::vector<UsageSample> chosen;
    for (const UsageSample& sample : used) {
      if (sample.at > from && sample.at <= until) chosen.push_back(sample);
    }
    return chosen;
  }

  // What would be reported of the last Prepare or Start.
  HostReport Done(Kind kind) const {
    HostReport report = report_;
    report.kind = kind;
    return report;
  }

  std::vector<std::string> told;
  std::vector<UsageSample> used;

 private:
  HostReport report_{};
};

class GroupHostTest : public CloudTest {
 protected:
  GroupHostTest() { cloud_.set_host(&host_); }

  static eci::v1::CreateContainerGroupRequest Job() {
    auto request = Request();
    request.set_restart_policy("Never");
    return request;
  }

  // A group of which a container runs.
  std::string CreateRunning(const eci::v1::CreateContainerGroupRequest& request) {
    const std::string id = CreateId(request);
    Advance(0s);
    cloud_.Report(host_.Done(Kind::kPrepared));
    cloud_.Report(host_.Done(Kind::kStarted));
    return id;
  }

  void ReportExit(int code) {
    HostReport report = host_.Done(Kind::kExited);
    report.exit_code = code;
    report.message = "last words";
    cloud_.Report(report);
  }

  // The log of its present life, or of the one before.
  std::string Log(const std::string& id, bool before) {
    eci::v1::DescribeContainerLogRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_container_group_id(id);
    request.set_container_name("main");
    request.set_last_time(before);
    const auto reply = Call<eci::v1::DescribeContainerLogResponse>("DescribeContainerLog", request);
    EXPECT_TRUE(reply);
    return reply ? reply->content() : "";
  }

  RecordingHost host_;
};

TEST_F(GroupHostTest, GroupRunsOnceItsContainerDoes) {
  const std::string id = CreateId(Request());
  Advance(0s);
  EXPECT_THAT(host_.told, ElementsAre("prepare"));

  cloud_.Report(host_.Done(Kind::kPrepared));
  EXPECT_THAT(host_.told, ElementsAre("prepare", "start main 0"));
  EXPECT_EQ(StatusOf(id), "Pending");
  cloud_.Report(host_.Done(Kind::kStarted));

  EXPECT_EQ(StatusOf(id), "Running");
  EXPECT_FALSE(Describe(id).containers(0).ready());
  cloud_.Report(host_.Done(Kind::kReady));
  EXPECT_TRUE(Describe(id).containers(0).ready());
}

TEST_F(GroupHostTest, EndOfTheLastContainerEndsAndReleasesTheGroup) {
  const std::string id = CreateRunning(Job());
  host_.told.clear();

  ReportExit(3);

  EXPECT_EQ(StatusOf(id), "Failed");
  EXPECT_EQ(Describe(id).containers(0).current_state().exit_code(), 3);
  EXPECT_EQ(Describe(id).containers(0).current_state().message(), "last words");
  EXPECT_THAT(host_.told, ElementsAre("release"));
}

TEST_F(GroupHostTest, ContainerThatRestartsStartsAgainInItsNextLife) {
  CreateRunning(Request());
  host_.told.clear();

  ReportExit(137);
  Advance(0s);

  EXPECT_THAT(host_.told, ElementsAre("start main 1"));
}

TEST_F(GroupHostTest, ContainerThatCannotBeStartedEndsAndBacksOff) {
  Advance(1h);
  const std::string id = CreateId(Request());
  Advance(0s);
  cloud_.Report(host_.Done(Kind::kPrepared));
  for (int attempt = 0; attempt < 2; ++attempt) {
    HostReport failed = host_.Done(Kind::kExited);
    failed.reason = "StartError";
    failed.exit_code = 128;
    cloud_.Report(failed);
    Advance(9s);
  }

  const auto container = Describe(id).containers(0);
  EXPECT_EQ(container.restart_count(), 1);
  EXPECT_EQ(container.previous_state().reason(), "StartError");
  EXPECT_EQ(container.previous_state().exit_code(), 128);
}

TEST_F(GroupHostTest, BackOffSaysHowLongItIs) {
  const std::string id = CreateRunning(Request());
  ReportExit(1);
  Advance(0s);
  cloud_.Report(host_.Done(Kind::kStarted));

  ReportExit(1);

  const auto state = Describe(id).containers(0).current_state();
  EXPECT_EQ(state.reason(), "CrashLoopBackOff");
  EXPECT_EQ(state.message(), "back-off 10s restarting failed container=main pod=" +
                                 Describe(id).container_group_name());
}

TEST_F(GroupHostTest, SignalShowsInTheExitCodeAlone) {
  const std::string id = CreateRunning(Job());

  ReportExit(137);

  EXPECT_EQ(Describe(id).containers(0).current_state().exit_code(), 137);
  EXPECT_EQ(Describe(id).containers(0).current_state().signal(), 0);
}

TEST_F(GroupHostTest, BehindInitContainersAllWaitForThePodToInitialize) {
  auto request = Job();
  request.add_init_container()->set_name("first");
  request.mutable_init_container(0)->set_image("registry.example/init:1");
  const std::string id = CreateRunning(request);

  EXPECT_EQ(Describe(id).containers(0).current_state().reason(), "PodInitializing");
}

TEST_F(GroupHostTest, InitContainerEndsBeforeTheOthersStart) {
  auto request = Job();
  auto* init = request.add_init_container();
  init->set_name("first");
  init->set_image("registry.example/init:1");
  const std::string id = CreateRunning(request);
  EXPECT_EQ(StatusOf(id), "Pending");

  ReportExit(0);
  Advance(0s);

  EXPECT_THAT(host_.told, ElementsAre("prepare", "start first 0", "start main 0"));
}

TEST_F(GroupHostTest, SandboxThatCannotBeMadeIsTriedAgain) {
  const std::string id = CreateId(Request());
  Advance(0s);
  HostReport failed = host_.Done(Kind::kNotPrepared);
  failed.message = "no bridge";

  cloud_.Report(failed);
  Advance(5s);

  EXPECT_THAT(host_.told, ElementsAre("prepare", "prepare"));
  EXPECT_EQ(StatusOf(id), "Pending");
  EXPECT_EQ(Describe(id).events(0).message(), "Failed to create pod sandbox: no bridge");
}

TEST_F(GroupHostTest, ImageThatCannotBePulledShowsInTheWaitingState) {
  const std::string id = CreateId(Request());
  Advance(0s);
  cloud_.Report(host_.Done(Kind::kPrepared));
  HostReport waiting = host_.Done(Kind::kWaiting);
  waiting.reason = "ErrImagePull";
  waiting.message = "no such image";

  cloud_.Report(waiting);

  const auto state = Describe(id).containers(0).current_state();
  EXPECT_EQ(state.reason(), "ErrImagePull");
  EXPECT_EQ(state.message(), "no such image");
}

TEST_F(GroupHostTest, DeleteStopsWithTheGraceAndForceWithNone) {
  auto request = Job();
  request.set_termination_grace_period_seconds(20);
  const std::string id = CreateRunning(request);
  host_.told.clear();

  EXPECT_TRUE(Delete(id));
  EXPECT_EQ(StatusOf(id), "Terminating");
  EXPECT_TRUE(Delete(id, true));
  EXPECT_THAT(host_.told, ElementsAre("stop main 20", "stop main 0"));
  ReportExit(137);
  Advance(0s);

  EXPECT_EQ(StatusOf(id), "Failed");
  EXPECT_EQ(Describe(id).containers(0).current_state().exit_code(), 137);
}

TEST_F(GroupHostTest, GroupDeletedBeforeItRanLeavesAtOnceAndIgnoresLateNews) {
  const std::string id = CreateId(Request());
  Advance(0s);
  cloud_.Report(host_.Done(Kind::kPrepared));

  EXPECT_TRUE(Delete(id));
  Advance(0s);
  cloud_.Report(host_.Done(Kind::kStarted));

  EXPECT_EQ(StatusOf(id), "");
  EXPECT_EQ(host_.told.back(), "forget");
}

TEST_F(GroupHostTest, NewsOfAnEarlierLifeChangesNothing) {
  const std::string id = CreateRunning(Request());
  const HostReport before = host_.Done(Kind::kExited);
  ReportExit(1);
  Advance(0s);
  cloud_.Report(host_.Done(Kind::kStarted));

  cloud_.Report(before);

  EXPECT_EQ(Describe(id).containers(0).current_state().state(), "Running");
}

TEST_F(GroupHostTest, LogsAreTheHosts) {
  const std::string id = CreateRunning(Request());

  EXPECT_EQ(Log(id, false), "life 0\n");
  EXPECT_EQ(Log(id, true), "");
}

TEST_F(GroupHostTest, LogOfTheLastLifeIsKeptThroughEveryStepOfARestart) {
  const std::string id = CreateRunning(Request());

  ReportExit(1);
  Advance(0s);  // It is being started.
  EXPECT_EQ(Log(id, true), "life 0\n");

  cloud_.Report(host_.Done(Kind::kStarted));
  EXPECT_EQ(Log(id, true), "life 0\n");
  EXPECT_EQ(Log(id, false), "life 1\n");

  ReportExit(1);  // It waits for its back-off.
  EXPECT_EQ(Log(id, true), "life 1\n");
  EXPECT_EQ(Log(id, false), "life 1\n");

  Advance(10s);
  EXPECT_EQ(Log(id, true), "life 1\n");
}

TEST_F(GroupHostTest, MetricsAreWhatWasMeasured) {
  auto group = Request();
  group.mutable_container(0)->set_cpu(2);
  group.mutable_container(0)->set_memory(4);
  auto* small = group.add_container();
  small->set_name("small");
  small->set_image("registry.example/app:1");
  small->set_memory(1);
  eci::v1::DescribeContainerGroupMetricRequest request;
  request.set_container_group_id(CreateRunning(group));
  Advance(10min);
  UsageSample sample{.at = clock_.WallNow() - 1s, .whole = {.memory = 5000, .working_set = 4000}};
  sample.whole.nano_cores = 1'500'000'000;
  sample.containers = {{.name = "main", .rss = 30}, {.name = "small", .working_set = 24}};
  sample.interfaces = {{.name = "eth0", .received = {.packets = 7}, .sent = {.drops = 2}}};
  sample.disks = {{.device = "sda", .write_operations = 9}};
  sample.filesystems = {{.name = "/", .capacity = 100}};
  host_.used = {sample};

  const auto reply =
      Call<eci::v1::DescribeContainerGroupMetricResponse>("DescribeContainerGroupMetric", request);

  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->records_size(), 1);
  const auto& record = reply->records(0);
  EXPECT_EQ(record.cpu().usage_nano_cores(), 1'500'000'000);
  EXPECT_EQ(record.memory().usage_bytes(), 5000);
  EXPECT_EQ(record.containers(0).memory().rss(), 30);
  EXPECT_EQ(record.containers(0).cpu().limit(), 2000);
  EXPECT_EQ(record.containers(1).memory().available_bytes(), (1 << 30) - 24);
  EXPECT_EQ(record.network().interfaces(0).rx_packets(), 7);
  EXPECT_EQ(record.network().interfaces(0).tx_drops(), 2);
  EXPECT_EQ(record.disk(0).write_io(), 9);
  EXPECT_EQ(record.filesystem(0).capacity(), 100);
}

TEST_F(GroupHostTest, MetricsHaveTheLastSampleOfEachPeriod) {
  eci::v1::DescribeContainerGroupMetricRequest request;
  request.set_container_group_id(CreateRunning(Request()));
  Advance(10min);
  for (const auto ago : {290s, 287s, 286s, 1s}) {
    host_.used.push_back({.at = clock_.WallNow() - ago, .whole = {.memory = ago.count()}});
  }

  const auto reply =
      Call<eci::v1::DescribeContainerGroupMetricResponse>("DescribeContainerGroupMetric", request);

  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->records_size(), 2);
  EXPECT_EQ(reply->records(0).memory().usage_bytes(), 286);
  EXPECT_EQ(reply->records(1).memory().usage_bytes(), 1);
}

TEST_F(GroupHostTest, ManyGroupsHaveTheirNewestSample) {
  eci::v1::DescribeMultiContainerGroupMetricRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_container_group_ids("[\"" + CreateRunning(Request()) + "\"]");
  Advance(10min);
  for (const auto ago : {2s, 1s}) {
    host_.used.push_back({.at = clock_.WallNow() - ago, .whole = {.memory = ago.count()}});
  }

  const auto reply = Call<eci::v1::DescribeMultiContainerGroupMetricResponse>(
      "DescribeMultiContainerGroupMetric", request);

  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->monitor_datas(0).records_size(), 1);
  EXPECT_EQ(reply->monitor_datas(0).records(0).memory().usage_bytes(), 1);
}

TEST_F(GroupHostTest, EvictedGroupIsGivenASecondAndFailsHoweverItEnds) {
  const std::string id = CreateRunning(Request());
  host_.told.clear();
  HostReport evicted = host_.Done(Kind::kEvicted);
  evicted.message = "too large";

  cloud_.Report(evicted);
  cloud_.Report(evicted);
  EXPECT_THAT(host_.told, ElementsAre("stop main 1"));
  EXPECT_EQ(StatusOf(id), "Running");
  ReportExit(0);

  const auto group = Describe(id);
  EXPECT_EQ(group.status(), "Failed");
  EXPECT_EQ(group.events(group.events_size() - 1).reason(), "Evicted");
  EXPECT_EQ(group.events(group.events_size() - 1).message(), "too large");
  EXPECT_EQ(group.containers(0).current_state().exit_code(), 0);
  EXPECT_THAT(host_.told, ElementsAre("stop main 1", "release"));
}

TEST_F(GroupHostTest, NothingStartsAgainInAnEvictedGroup) {
  const std::string id = CreateRunning(Request());
  ReportExit(1);
  Advance(0s);
  cloud_.Report(host_.Done(Kind::kStarted));
  ReportExit(1);  // Its restart waits for the back-off.
  host_.told.clear();

  cloud_.Report(host_.Done(Kind::kEvicted));
  Advance(1min);

  EXPECT_EQ(StatusOf(id), "Failed");
  EXPECT_THAT(host_.told, ElementsAre("release"));
}

TEST_F(GroupHostTest, CommandIsLeftToWhoKnowsTheHost) {
  eci::v1::ExecContainerCommandRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_container_group_id(CreateRunning(Request()));
  request.set_container_name("main");
  request.set_command(R"(["ls", "/"])");
  request.set_sync(true);
  ASSERT_TRUE(Call<eci::v1::ExecContainerCommandResponse>("ExecContainerCommand", request));

  ASSERT_TRUE(last_.command);
  EXPECT_THAT(last_.command->command, ElementsAre("ls", "/"));
  List();
  EXPECT_FALSE(last_.command);
}

TEST_F(GroupHostTest, CommandOfNoWordsAttachesWithWhatTheContainerHas) {
  auto group = Request();
  group.mutable_container(0)->set_tty(true);
  eci::v1::ExecContainerCommandRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_container_group_id(CreateRunning(group));
  request.set_container_name("main");
  request.set_command("[]");
  ASSERT_TRUE(Call<eci::v1::ExecContainerCommandResponse>("ExecContainerCommand", request));

  ASSERT_TRUE(last_.command);
  EXPECT_TRUE(last_.command->command.empty());
  EXPECT_FALSE(last_.command->token.empty());
  EXPECT_TRUE(last_.command->terminal);
  EXPECT_FALSE(last_.command->input);
  request.set_sync(true);
  EXPECT_FALSE(Call<eci::v1::ExecContainerCommandResponse>("ExecContainerCommand", request));
}

TEST_F(GroupHostTest, PortIsOpenedOnlyWhereSomethingRuns) {
  auto request = Job();
  request.add_init_container()->set_name("first");
  request.mutable_init_container(0)->set_image("registry.example/init:1");
  const std::string id = CreateRunning(request);
  ReportExit(0);
  Advance(0s);
  EXPECT_FALSE(cloud_.OpenPort(id, 80));
  cloud_.Report(host_.Done(Kind::kStarted));

  const auto opened = cloud_.OpenPort(id, 80);

  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->container, 1u);
  EXPECT_EQ(opened->port, 80);
  EXPECT_NE(opened->token, cloud_.OpenPort(id, 80)->token);
  EXPECT_FALSE(cloud_.OpenPort(id, 0));
  EXPECT_EQ(cloud_.OpenPort("eci-none", 80).error().code, base::ErrorCode::kNotFound);
}

TEST_F(GroupHostTest, ResetForgetsAllGroups) {
  CreateRunning(Request());
  host_.told.clear();

  cloud_.Reset();
  Advance(0s);

  EXPECT_THAT(host_.told, ElementsAre("forget"));
  EXPECT_THAT(List().container_groups(), IsEmpty());
}

}  // namespace
}  // namespace vk::fake
