#include <gmock/gmock.h>

#include <vector>

#include "test/tools/fake_eci/engine/cloud_fixture.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

CloudOptions SlowStart() {
  CloudOptions options;
  options.latency.start = Distribution({{0, 10s}, {1, 10s}});
  options.latency.scheduling_share = 0.3;
  options.latency.ending = Distribution({{0, 1s}, {1, 1s}});
  return options;
}

class GroupLifeTest : public CloudTest {
 protected:
  GroupLifeTest() : CloudTest(SlowStart()) {}

  std::vector<std::string> Statuses(std::size_t group = 0) const {
    std::vector<std::string> statuses;
    for (const Transition& transition : cloud_.groups().at(group).transitions) {
      statuses.push_back(transition.status);
    }
    return statuses;
  }

  eci::v1::ContainerGroup::Container Container(const std::string& id) {
    return Describe(id).containers(0);
  }
};

TEST_F(GroupLifeTest, NewGroupPassesSchedulingAndPendingToRunning) {
  const std::string id = CreateId(Request());
  EXPECT_EQ(StatusOf(id), "Scheduling");

  Advance(3s);
  EXPECT_EQ(StatusOf(id), "Pending");
  Advance(7s);

  EXPECT_EQ(StatusOf(id), "Running");
  EXPECT_EQ(Container(id).current_state().state(), "Running");
  EXPECT_TRUE(Container(id).ready());
}

TEST_F(GroupLifeTest, LateDriverStillDatesChangesWhenTheyWereDue) {
  const base::TimePoint created = clock_.Now();
  CreateId(Request());

  Advance(60s);

  EXPECT_EQ(cloud_.groups()[0].Reached("Pending")->steady - created, 3s);
  EXPECT_EQ(cloud_.groups()[0].Reached("Running")->steady - created, 10s);
}

TEST_F(GroupLifeTest, NextChangeIsTheNextDueMoment) {
  EXPECT_EQ(cloud_.NextChange(), base::TimePoint::max());

  CreateId(Request());

  EXPECT_EQ(cloud_.NextChange() - clock_.Now(), 3s);
}

TEST_F(GroupLifeTest, ContainerThatEndsWithZeroMakesTheGroupSucceed) {
  auto request = Request();
  request.set_restart_policy("Never");
  SetEnv(request.mutable_container(0), "FAKE_ECI_RUN_SECONDS", "5");
  const std::string id = CreateId(request);

  Advance(15s);

  EXPECT_EQ(StatusOf(id), "Succeeded");
  EXPECT_EQ(Container(id).current_state().exit_code(), 0);
  EXPECT_EQ(Container(id).current_state().reason(), "Completed");
}

TEST_F(GroupLifeTest, ContainerThatFailsIsRestartedWithBackOffUnderAlways) {
  auto request = Request();
  SetEnv(request.mutable_container(0), "FAKE_ECI_RUN_SECONDS", "5");
  SetEnv(request.mutable_container(0), "FAKE_ECI_EXIT_CODE", "3");
  const std::string id = CreateId(request);

  Advance(16s);  // Failed at 15 s, restarted at once.
  EXPECT_EQ(Container(id).restart_count(), 1);
  EXPECT_EQ(Container(id).previous_state().exit_code(), 3);
  Advance(5s);  // Failed again at 20 s; the second restart waits 10 s.
  EXPECT_EQ(Container(id).current_state().reason(), "CrashLoopBackOff");
  Advance(9s);

  EXPECT_EQ(Container(id).restart_count(), 2);
  EXPECT_EQ(StatusOf(id), "Running");
}

TEST_F(GroupLifeTest, FailureUnderNeverEndsTheGroup) {
  auto request = Request();
  request.set_restart_policy("Never");
  SetEnv(request.mutable_container(0), "FAKE_ECI_EXIT_CODE", "3");
  const std::string id = CreateId(request);

  Advance(10s);

  EXPECT_EQ(StatusOf(id), "Failed");
  EXPECT_EQ(Container(id).current_state().exit_code(), 3);
}

TEST_F(GroupLifeTest, SuccessUnderOnFailureIsNotRestarted) {
  auto request = Request();
  request.set_restart_policy("OnFailure");
  SetEnv(request.mutable_container(0), "FAKE_ECI_RUN_SECONDS", "1");
  const std::string id = CreateId(request);

  Advance(60s);

  EXPECT_EQ(StatusOf(id), "Succeeded");
  EXPECT_EQ(Container(id).restart_count(), 0);
}

TEST_F(GroupLifeTest, InitContainersRunOneAfterTheOther) {
  auto request = Request();
  for (const char* name : {"first", "second"}) {
    auto* init = request.add_init_container();
    init->set_name(name);
    init->set_image("registry.example/init:1");
    SetEnv(init, "FAKE_ECI_RUN_SECONDS", "4");
  }
  const std::string id = CreateId(request);

  Advance(12s);
  EXPECT_EQ(Describe(id).init_containers(0).current_state().state(), "Running");
  EXPECT_EQ(Describe(id).init_containers(1).current_state().state(), "Waiting");
  Advance(4s);
  EXPECT_EQ(Describe(id).init_containers(1).current_state().state(), "Running");
  EXPECT_EQ(StatusOf(id), "Pending");
  Advance(2s);

  EXPECT_EQ(StatusOf(id), "Running");
}

TEST_F(GroupLifeTest, DeletedGroupTerminatesThenShowsItsEndThenLeaves) {
  const std::string id = CreateId(Request());
  Advance(10s);

  ASSERT_TRUE(Delete(id));
  EXPECT_EQ(StatusOf(id), "Terminating");
  Advance(1s);
  EXPECT_EQ(StatusOf(id), "Failed");
  EXPECT_EQ(Container(id).current_state().exit_code(), 143);
  Advance(60s);

  EXPECT_EQ(StatusOf(id), "");
  EXPECT_THAT(Statuses(),
              ElementsAre("Scheduling", "Pending", "Running", "Terminating", "Failed", "Removed"));
}

TEST_F(GroupLifeTest, ContainerWithGraceLivesOnAfterSigterm) {
  auto request = Request();
  SetEnv(request.mutable_container(0), "FAKE_ECI_GRACE_SECONDS", "8");
  const std::string id = CreateId(request);
  Advance(10s);

  ASSERT_TRUE(Delete(id));
  Advance(7s);
  EXPECT_EQ(Container(id).current_state().state(), "Running");
  Advance(1s);

  EXPECT_EQ(Container(id).current_state().exit_code(), 143);
}

TEST_F(GroupLifeTest, ContainerBeyondItsGroupsGraceIsKilled) {
  auto request = Request();
  request.set_termination_grace_period_seconds(5);
  SetEnv(request.mutable_container(0), "FAKE_ECI_GRACE_SECONDS", "8");
  const std::string id = CreateId(request);
  Advance(10s);

  ASSERT_TRUE(Delete(id));
  Advance(5s);

  EXPECT_EQ(Container(id).current_state().exit_code(), 137);
}

TEST_F(GroupLifeTest, ForceEndsATerminatingGroupAtOnce) {
  auto request = Request();
  SetEnv(request.mutable_container(0), "FAKE_ECI_GRACE_SECONDS", "20");
  const std::string id = CreateId(request);
  Advance(10s);
  ASSERT_TRUE(Delete(id));

  ASSERT_TRUE(Delete(id, true));
  Advance(1s);

  EXPECT_EQ(StatusOf(id), "Failed");
  EXPECT_EQ(Container(id).current_state().exit_code(), 137);
}

TEST_F(GroupLifeTest, GroupDeletedBeforeItRanVanishes) {
  const std::string id = CreateId(Request());

  ASSERT_TRUE(Delete(id));
  Advance(1s);

  EXPECT_EQ(StatusOf(id), "");
  EXPECT_THAT(Statuses(), ElementsAre("Scheduling", "Terminating", "Removed"));
}

TEST_F(GroupLifeTest, RestartedGroupCountsAndRunsAgain) {
  const std::string id = CreateId(Request());
  Advance(10s);
  eci::v1::RestartContainerGroupRequest request;
  request.set_region_id("cn-hangzhou");
  request.set_container_group_id(id);

  ASSERT_TRUE(Call<eci::v1::RestartContainerGroupResponse>("RestartContainerGroup", request));
  Advance(0s);

  EXPECT_EQ(StatusOf(id), "Running");
  EXPECT_EQ(Container(id).restart_count(), 1);
  EXPECT_THAT(Statuses(),
              ElementsAre("Scheduling", "Pending", "Running", "Restarting", "Pending", "Running"));
}

TEST_F(GroupLifeTest, ActiveDeadlineFailsTheGroup) {
  auto request = Request();
  request.set_active_deadline_seconds(20);
  const std::string id = CreateId(request);

  Advance(22s);
  EXPECT_EQ(StatusOf(id), "Running");
  Advance(1s);

  EXPECT_EQ(StatusOf(id), "Failed");
  EXPECT_EQ(Container(id).current_state().reason(), "DeadlineExceeded");
}

TEST_F(GroupLifeTest, ReclaimedSpotInstanceGetsNoticeThenExpires) {
  const std::string id = CreateId(Request());
  Advance(10s);

  ASSERT_TRUE(cloud_.Reclaim(id));
  Advance(3min - 1s);
  EXPECT_EQ(StatusOf(id), "Running");
  Advance(1s);

  EXPECT_EQ(StatusOf(id), "Expired");
  EXPECT_EQ(Describe(id).events().rbegin()->reason(), "SpotToBeReleased");
}

TEST_F(GroupLifeTest, EndedGroupsBeyondAHundredLeaveAfterAnHour) {
  auto request = Request();
  request.set_restart_policy("Never");
  SetEnv(request.mutable_container(0), "FAKE_ECI_RUN_SECONDS", "1");
  for (int i = 0; i < 103; ++i) CreateId(request);
  Advance(59min);
  EXPECT_EQ(List().total_count(), 103);

  Advance(2min);

  EXPECT_EQ(List().total_count(), 100);
}

TEST_F(GroupLifeTest, ReadinessProbeDelaysReadiness) {
  auto request = Request();
  auto* probe = request.mutable_container(0)->mutable_readiness_probe();
  probe->mutable_tcp_socket()->set_port(80);
  probe->set_initial_delay_seconds(5);
  const std::string id = CreateId(request);

  Advance(14s);
  EXPECT_FALSE(Container(id).ready());
  Advance(1s);

  EXPECT_TRUE(Container(id).ready());
}

}  // namespace
}  // namespace vk::fake
