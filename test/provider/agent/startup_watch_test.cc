#include "provider/agent/startup_watch.h"

#include <gtest/gtest.h>

#include "base/task_group.h"
#include "proto/kubernetes/core/v1/pod_status.pb.h"
#include "provider/agent/group_book.h"
#include "test/base/manual_clock.h"
#include "test/provider/agent/pods.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using translate::ContainerPhase;

class KeptEvents final : public Events {
 public:
  void OnPod(const PodSnapshot&, bool, const std::string&, const std::string&) override {}
  void OnPodOnce(const PodSnapshot&, bool warning, const std::string& reason,
                 const std::string& message) override {
    if (warning) told.push_back(reason + ": " + message);
  }
  void OnPodOnceEach(const PodSnapshot&, bool, const std::string&, const std::string&) override {}
  void OnNode(bool, const std::string&, const std::string&) override {}
  std::vector<std::string> told;
};

// A container whose startupProbe leaves it 20 seconds.
class StartupWatchTest : public testing::Test {
 protected:
  StartupWatchTest() {
    Store("10", false);
    book_.Claim("uid-1", "eci-1");
    tasks_.Spawn("watch", watch_.Run());
  }
  ~StartupWatchTest() override {
    tasks_.Cancel();
    clock_.Advance(10s);
  }

  // `started`: as the pod's status says.
  void Store(const std::string& version, bool started) {
    k8s::io::api::core::v1::Pod pod;
    pod.ParseFromString(PodBytes({.version = version, .phase = "Running"}));
    auto& probe = *pod.mutable_spec()->mutable_containers(0)->mutable_startupprobe();
    probe.set_periodseconds(5);
    probe.set_failurethreshold(4);
    auto& status = *pod.mutable_status()->add_containerstatuses();
    status.set_name("main");
    status.set_started(started);
    pods_.Upsert(pod.SerializeAsString());
  }
  // From now on the container runs, in its n-th run.
  void Run(int restarts = 0) {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.WallNow().time_since_epoch());
    started_at_ = now.count();
    restarts_ = restarts;
    Show(false);
  }
  void Show(bool ready) {
    book_.Observe({.group_id = "eci-1",
                   .status = translate::GroupStatus::kRunning,
                   .containers = {{.name = "main",
                                   .ready = ready,
                                   .restart_count = restarts_,
                                   .current = {.phase = ContainerPhase::kRunning,
                                               .started_at = started_at_}}}});
  }

  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  NullLog log_;
  KeptEvents events_;
  PodTable pods_{clock_, log_};
  GroupBook book_{pods_, clock_, log_};
  StartupWatch watch_{pods_, events_, clock_};
  base::TaskGroup tasks_{io_.get_executor()};
  translate::Seconds started_at_ = 0;
  int restarts_ = 0;
};

TEST_F(StartupWatchTest, ContainerThatIsNotReadyInTimeIsToldOnce) {
  Run();
  clock_.Advance(20s);
  EXPECT_TRUE(events_.told.empty());

  clock_.Advance(5min);

  EXPECT_EQ(
      events_.told,
      std::vector<std::string>{
          "StartupProbeOverdue: Container main is not ready 20 s after its start, the time of "
          "its startupProbe: a kubelet would have restarted it, the cloud lets it run"});
}

TEST_F(StartupWatchTest, ContainerThatIsReadyInTimeIsNotToldWhenItLosesItsReadiness) {
  Run();
  clock_.Advance(15s);
  Show(true);
  clock_.Advance(10s);
  Show(false);

  clock_.Advance(5min);

  EXPECT_TRUE(events_.told.empty());
}

TEST_F(StartupWatchTest, ContainerThatAnEarlierProcessSawStartIsNotTold) {
  Store("11", true);
  Run();

  clock_.Advance(5min);

  EXPECT_TRUE(events_.told.empty());
}

TEST_F(StartupWatchTest, EachRunHasItsTime) {
  Run();
  clock_.Advance(15s);
  Run(1);
  clock_.Advance(15s);
  EXPECT_TRUE(events_.told.empty());

  clock_.Advance(15s);

  EXPECT_EQ(events_.told.size(), 1u);
}

}  // namespace
}  // namespace vk::agent
