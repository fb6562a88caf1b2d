// How containers ask by ECI_CONTAINER_ variables to be started and ended beside each other.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "test/tools/fake_eci/engine/cloud_fixture.h"
#include "tools/fake_eci/engine/group/group.h"
#include "tools/fake_eci/engine/group/group_host.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class ContainerOrderTest : public CloudTest {
 protected:
  // A group whose only ordinary container, main, runs for ten seconds.
  static eci::v1::CreateContainerGroupRequest Job(const std::string& exit_code = "0") {
    auto request = Request();
    request.set_restart_policy("Never");
    SetEnv(request.mutable_container(0), "FAKE_ECI_RUN_SECONDS", "10");
    SetEnv(request.mutable_container(0), "FAKE_ECI_EXIT_CODE", exit_code);
    return request;
  }

  static eci::v1::Container* AddContainer(eci::v1::CreateContainerGroupRequest* request,
                                          const std::string& name) {
    auto* container = request->add_container();
    container->set_name(name);
    container->set_image("registry.example/" + name + ":1");
    return container;
  }

  static eci::v1::Container* AddSidecar(eci::v1::CreateContainerGroupRequest* request,
                                        const std::string& name, const std::string& exit = "0") {
    auto* container = AddContainer(request, name);
    SetEnv(container, "ECI_CONTAINER_TYPE", "sidecar");
    SetEnv(container, "ECI_CONTAINER_IGNORE_EXIT_CODE", "true");
    SetEnv(container, "ECI_CONTAINER_EXIT_PRIORITY", exit);
    SetEnv(container, "FAKE_ECI_GRACE_SECONDS", "1");
    return container;
  }

  // "Running", "Waiting", "Terminated", in the order of the group's containers.
  std::vector<std::string> States(const std::string& id) {
    std::vector<std::string> states;
    for (const auto& container : Describe(id).containers()) {
      states.push_back(container.current_state().state());
    }
    return states;
  }
};

TEST_F(ContainerOrderTest, SidecarsEndOnceAllOthersHaveEnded) {
  auto request = Job();
  AddSidecar(&request, "proxy");
  const std::string id = CreateId(request);

  Advance(10s);
  EXPECT_EQ(StatusOf(id), "Running");
  EXPECT_THAT(States(id), ElementsAre("Terminated", "Running"));
  Advance(1s);

  EXPECT_EQ(StatusOf(id), "Succeeded");
  EXPECT_THAT(States(id), ElementsAre("Terminated", "Terminated"));
}

TEST_F(ContainerOrderTest, IgnoredExitCodeIsTheMessageOfASuccess) {
  auto request = Job();
  AddSidecar(&request, "proxy");
  const std::string id = CreateId(request);

  Advance(11s);

  const auto end = Describe(id).containers(1).current_state();
  EXPECT_EQ(end.exit_code(), 0);
  EXPECT_EQ(end.reason(), "Completed");
  EXPECT_EQ(end.message(), "exit code 143, reason Error");
}

TEST_F(ContainerOrderTest, SidecarWhoseExitCodeCountsFailsTheGroup) {
  auto request = Job();
  SetEnv(AddContainer(&request, "proxy"), "ECI_CONTAINER_TYPE", "sidecar");
  const std::string id = CreateId(request);

  Advance(11s);

  EXPECT_EQ(StatusOf(id), "Failed");
  EXPECT_EQ(Describe(id).containers(1).current_state().exit_code(), 143);
}

TEST_F(ContainerOrderTest, FailureOfAnOrdinaryContainerIsTheGroups) {
  auto request = Job("3");
  AddSidecar(&request, "proxy");
  const std::string id = CreateId(request);

  Advance(11s);

  EXPECT_EQ(StatusOf(id), "Failed");
  EXPECT_EQ(Describe(id).containers(0).current_state().exit_code(), 3);
}

TEST_F(ContainerOrderTest, ContainerThatWillRestartKeepsSidecarsAlive) {
  auto request = Job("3");
  request.set_restart_policy("OnFailure");
  AddSidecar(&request, "proxy");
  const std::string id = CreateId(request);

  Advance(22s);  // It failed twice and backs off.

  EXPECT_EQ(StatusOf(id), "Running");
  EXPECT_THAT(States(id), ElementsAre("Waiting", "Running"));
}

TEST_F(ContainerOrderTest, SidecarsEndByExitPriority) {
  auto request = Job();
  AddSidecar(&request, "first", "-2");
  AddSidecar(&request, "second", "-1");
  const std::string id = CreateId(request);

  Advance(11s);
  EXPECT_THAT(States(id), ElementsAre("Terminated", "Running", "Terminated"));
  Advance(1s);

  EXPECT_EQ(StatusOf(id), "Succeeded");
}

TEST_F(ContainerOrderTest, SidecarThatEndsByItselfEndsNothingElse) {
  auto request = Job();
  SetEnv(AddSidecar(&request, "proxy"), "FAKE_ECI_EXIT_CODE", "7");
  const std::string id = CreateId(request);

  Advance(1s);
  EXPECT_THAT(States(id), ElementsAre("Running", "Terminated"));
  Advance(9s);

  EXPECT_EQ(StatusOf(id), "Succeeded");
}

TEST_F(ContainerOrderTest, RestartingSidecarStartsNoMoreOnceTheOthersHaveEnded) {
  auto request = Job("3");
  request.set_restart_policy("OnFailure");
  request.mutable_container(0)->mutable_environment_var(1)->set_value("0");
  auto* proxy = AddSidecar(&request, "proxy");
  SetEnv(proxy, "FAKE_ECI_RUN_SECONDS", "4");
  SetEnv(proxy, "FAKE_ECI_EXIT_CODE", "7");
  const std::string id = CreateId(request);

  Advance(10s);  // The proxy failed at 4 s and at 8 s and would start again at 18 s.

  EXPECT_EQ(StatusOf(id), "Succeeded");
  EXPECT_EQ(Describe(id).containers(1).current_state().reason(), "CrashLoopBackOff");
}

TEST_F(ContainerOrderTest, DeletionEndsTheHigherExitPriorityFirst) {
  auto request = Request();
  SetEnv(request.mutable_container(0), "FAKE_ECI_GRACE_SECONDS", "2");
  AddSidecar(&request, "proxy", "-1");
  const std::string id = CreateId(request);
  Advance(1s);

  ASSERT_TRUE(Delete(id));
  Advance(1s);
  EXPECT_THAT(States(id), ElementsAre("Running", "Running"));
  Advance(1s);
  EXPECT_THAT(States(id), ElementsAre("Terminated", "Running"));
  Advance(1s);

  EXPECT_THAT(States(id), ElementsAre("Terminated", "Terminated"));
}

TEST_F(ContainerOrderTest, ForcedDeletionEndsAllAtOnce) {
  auto request = Request();
  AddSidecar(&request, "proxy", "-1");
  const std::string id = CreateId(request);
  Advance(1s);

  ASSERT_TRUE(Delete(id, true));
  Advance(0s);

  EXPECT_THAT(States(id), ElementsAre("Terminated", "Terminated"));
}

TEST_F(ContainerOrderTest, LowerLaunchPriorityWaitsForReadiness) {
  auto request = Request();
  auto* proxy = AddContainer(&request, "proxy");
  SetEnv(proxy, "ECI_CONTAINER_LAUNCH_PRIORITY", "5");
  proxy->mutable_readiness_probe()->mutable_tcp_socket()->set_port(80);
  proxy->mutable_readiness_probe()->set_initial_delay_seconds(3);
  const std::string id = CreateId(request);

  Advance(2s);
  EXPECT_THAT(States(id), ElementsAre("Waiting", "Running"));
  Advance(1s);

  EXPECT_THAT(States(id), ElementsAre("Running", "Running"));
}

TEST_F(ContainerOrderTest, HigherPriorityThatEndedForGoodHoldsNothingBack) {
  auto request = Job();
  auto* proxy = AddContainer(&request, "setup");
  SetEnv(proxy, "ECI_CONTAINER_LAUNCH_PRIORITY", "5");
  SetEnv(proxy, "FAKE_ECI_RUN_SECONDS", "2");
  proxy->mutable_readiness_probe()->mutable_tcp_socket()->set_port(80);
  proxy->mutable_readiness_probe()->set_initial_delay_seconds(60);
  const std::string id = CreateId(request);

  Advance(2s);

  EXPECT_THAT(States(id), ElementsAre("Running", "Terminated"));
}

TEST_F(ContainerOrderTest, InitContainersComeBeforeAnyLaunchPriority) {
  auto request = Request();
  SetEnv(AddContainer(&request, "proxy"), "ECI_CONTAINER_LAUNCH_PRIORITY", "5");
  auto* init = request.add_init_container();
  init->set_name("init");
  init->set_image("registry.example/init:1");
  SetEnv(init, "FAKE_ECI_RUN_SECONDS", "4");
  const std::string id = CreateId(request);

  Advance(3s);
  EXPECT_THAT(States(id), ElementsAre("Waiting", "Waiting"));
  Advance(1s);

  EXPECT_THAT(States(id), ElementsAre("Running", "Running"));
}

TEST_F(ContainerOrderTest, IgnoredControlsLeaveSidecarsRunning) {
  cloud_.behaviours().container_controls = false;
  auto request = Job();
  SetEnv(AddSidecar(&request, "proxy"), "ECI_CONTAINER_LAUNCH_PRIORITY", "5");
  const std::string id = CreateId(request);

  Advance(1h);
  EXPECT_EQ(StatusOf(id), "Running");
  EXPECT_THAT(States(id), ElementsAre("Terminated", "Running"));
  ASSERT_TRUE(Delete(id));
  Advance(1s);

  EXPECT_EQ(Describe(id).containers(1).current_state().exit_code(), 143);
}

// Notes what it is told, and reports what a test says.
class OrderedHost final : public GroupHost {
 public:
  void Prepare(const Group& group) override { Note("prepare", group, group.epoch, 0); }
  void Start(const Group& group, std::size_t container) override {
    Note("start " + group.containers[container].name, group, group.containers[container].epoch,
         container);
  }
  void Stop(const Group& group, std::size_t container, std::chrono::nanoseconds) override {
    Note("stop " + group.containers[container].name, group, group.containers[container].epoch,
         container);
  }
  void Release(const Group&) override { told.push_back("release"); }
  void Forget(const Group&) override {}
  std::vector<LogLine> ReadLog(const Group&, std::size_t, int) const override { return {}; }
  std::vector<UsageSample> ReadUsage(const Group&, base::WallTime, base::WallTime) const override {
    return {};
  }

  std::vector<std::string> told;
  HostReport last{};

 private:
  void Note(std::string what, const Group& group, std::uint64_t epoch, std::size_t container) {
    told.push_back(std::move(what));
    last = {.kind = HostReport::Kind::kPrepared,
            .group = group.number,
            .container = container,
            .epoch = epoch};
  }
};

class HostedOrderTest : public ContainerOrderTest {
 protected:
  HostedOrderTest() { cloud_.set_host(&host_); }

  void Report(HostReport::Kind kind) { Report(host_.last, kind); }
  void Report(HostReport report, HostReport::Kind kind) {
    report.kind = kind;
    host_.told.clear();
    cloud_.Report(report);
  }

  OrderedHost host_;
};

TEST_F(HostedOrderTest, SidecarIsAwaitedBeforeAndEndedAfterTheOthers) {
  using Kind = HostReport::Kind;
  auto request = Job();
  auto* proxy = AddSidecar(&request, "proxy", "-1");
  SetEnv(proxy, "ECI_CONTAINER_LAUNCH_PRIORITY", "1");
  proxy->mutable_readiness_probe()->mutable_tcp_socket()->set_port(80);
  const std::string id = CreateId(request);
  Advance(0s);

  Report(Kind::kPrepared);
  EXPECT_THAT(host_.told, ElementsAre("start proxy"));
  const HostReport of_proxy = host_.last;
  Report(Kind::kStarted);
  EXPECT_THAT(host_.told, IsEmpty());
  Report(Kind::kReady);
  EXPECT_THAT(host_.told, ElementsAre("start main"));
  Report(Kind::kStarted);
  Report(Kind::kExited);
  EXPECT_THAT(host_.told, ElementsAre("stop proxy"));
  EXPECT_EQ(StatusOf(id), "Running");
  Report(of_proxy, Kind::kExited);

  EXPECT_THAT(host_.told, ElementsAre("release"));
  EXPECT_EQ(StatusOf(id), "Succeeded");
}

}  // namespace
}  // namespace vk::fake
