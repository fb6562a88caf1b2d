// What changes in a pod that has a group already: images, and the inputs of containers in back-off.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace core = k8s::io::api::core::v1;

constexpr char kUpdate[] = "UpdateContainerGroup";

class GroupUpdateTest : public AgentWorld {
 protected:
  ~GroupUpdateTest() override { kube_faults_.on_call = nullptr; }

  core::Pod NewPod(const std::string& policy = "Always") const {
    core::Pod pod;
    pod.mutable_metadata()->set_name("web");
    pod.mutable_metadata()->set_namespace_("default");
    pod.mutable_spec()->set_nodename(kNode);
    pod.mutable_spec()->set_restartpolicy(policy);
    pod.mutable_spec()->set_dnspolicy("Default");
    pod.mutable_spec()->set_terminationgraceperiodseconds(1);
    for (const char* name : {"main", "beside"}) {
      core::Container* const container = pod.mutable_spec()->add_containers();
      container->set_name(name);
      container->set_image("example/" + std::string(name) + ":1");
    }
    return pod;
  }
  void Create(const core::Pod& pod) {
    ASSERT_TRUE(server_.Create(kube::kPods, kWeb, kube::ToBytes(pod)));
  }
  void SetImage(const std::string& image) {
    core::Pod pod = Pod("web");
    pod.mutable_spec()->mutable_containers(0)->set_image(image);
    ASSERT_TRUE(server_.Update(kube::kPods, kWeb, kube::ToBytes(pod)));
  }
  core::ContainerStatus Status(const std::string& name) const {
    const core::Pod pod = Pod("web");
    const auto& statuses = pod.status().containerstatuses();
    const auto found =
        std::ranges::find_if(statuses, [&](const auto& one) { return one.name() == name; });
    return found == statuses.end() ? core::ContainerStatus() : *found;
  }
  // How often people were told of this reason with this text.
  int Told(const std::string& reason, const std::string& text) const {
    return static_cast<int>(std::ranges::count_if(Events("web"), [&](const std::string& event) {
      return event.starts_with(reason + ": ") && event.contains(text);
    }));
  }

  void WriteSettings(const std::map<std::string, std::string>& settings, bool first = false) {
    core::ConfigMap map;
    map.mutable_metadata()->set_name("settings");
    map.mutable_metadata()->set_namespace_("default");
    for (const auto& [key, value] : settings) (*map.mutable_data())[key] = value;
    const kube::ObjectKey key{.ns = "default", .name = "settings", .subresource = {}};
    const auto written = first ? server_.Create(kube::kConfigMaps, key, kube::ToBytes(map))
                               : server_.Update(kube::kConfigMaps, key, kube::ToBytes(map));
    ASSERT_TRUE(written) << written.error().message;
  }
  // A container that its settings make crash, and one beside it.
  core::Pod CrashingPod() const {
    core::Pod pod = NewPod();
    pod.mutable_spec()
        ->mutable_containers(0)
        ->add_envfrom()
        ->mutable_configmapref()
        ->mutable_localobjectreference()
        ->set_name("settings");
    return pod;
  }
  // The contents of its volume of files, as the cloud shows them, by path.
  std::map<std::string, std::string> FilesOfGroup() {
    eci::v1::DescribeContainerGroupsRequest request;
    request.set_region_id("cn-hangzhou");
    eci::v1::DescribeContainerGroupsResponse reply;
    EXPECT_TRUE(cloud_.Call("key", "DescribeContainerGroups", request, &reply).status);
    std::map<std::string, std::string> files;
    for (const auto& volume : reply.container_groups(0).volumes()) {
      for (const auto& file : volume.config_file_volume_config_file_to_paths())
        files[file.path()] = file.content();
    }
    return files;
  }
  // Counts those of ConfigMaps, from now on.
  void CountReads() {
    kube_faults_.on_call = [this](const kube::KubeCall& call) {
      reads_ += call.resource.plural == kube::kConfigMaps.plural ? 1 : 0;
    };
  }

  int reads_ = 0;
  const std::map<std::string, std::string> kWrong{{"FAKE_ECI_RUN_SECONDS", "1"},
                                                  {"FAKE_ECI_EXIT_CODE", "1"}};
  const std::map<std::string, std::string> kRight{{"FAKE_ECI_RUN_SECONDS", "1000"},
                                                  {"FAKE_ECI_EXIT_CODE", "0"}};

  const kube::ObjectKey kWeb{.ns = "default", .name = "web", .subresource = {}};
};

TEST_F(GroupUpdateTest, ChangedImageStartsItsContainerAnewInTheSameGroup) {
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  const std::string address = Pod("web").status().podip();
  const std::string life = Status("main").containerid();
  SetImage("example/main:2");

  clock_.Advance(5s);

  EXPECT_EQ(Status("main").image(), "example/main:2");
  EXPECT_EQ(Status("main").restartcount(), 1);
  EXPECT_TRUE(Status("main").state().has_running());
  EXPECT_NE(Status("main").containerid(), life);
  EXPECT_EQ(Status("beside").restartcount(), 0);
  EXPECT_EQ(Pod("web").status().podip(), address);
  EXPECT_EQ(CallsOf(kUpdate), 1);
  EXPECT_EQ(cloud_.groups().size(), 1u);
  EXPECT_EQ(Told("UpdatedContainerGroup", "main: image example/main:2 instead of example/main:1"),
            1);
  clock_.Advance(2min);
  EXPECT_EQ(CallsOf(kUpdate), 1);
}

TEST_F(GroupUpdateTest, PodStaysRunningWhileItsGroupIsUpdating) {
  fake::LatencyProfile slow = cloud_.latency();
  slow.restart = fake::Distribution({{.share = 0, .time = 20s}});
  cloud_.SetLatency(slow);
  Start();
  Create(NewPod("Never"));
  clock_.Advance(10s);
  SetImage("example/main:2");
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(1s);
    ASSERT_EQ(Pod("web").status().phase(), "Running");
    ASSERT_FALSE(Status("main").state().has_terminated());
  }
  EXPECT_TRUE(Status("main").state().has_waiting() || Status("main").restartcount() == 1);

  clock_.Advance(15s);

  EXPECT_TRUE(Status("main").state().has_running());
  EXPECT_EQ(Status("main").restartcount(), 1);
  EXPECT_EQ(LivingGroups(), 1);
}

TEST_F(GroupUpdateTest, UpdateWithoutAnAnswerIsJudgedByTheGroup) {
  cloud_.faults().Add({.action = kUpdate, .caller = {}, .kind = fake::FaultKind::kLostReply});
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  SetImage("example/main:2");

  clock_.Advance(3min);

  EXPECT_EQ(Status("main").image(), "example/main:2");
  EXPECT_EQ(Status("main").restartcount(), 1);
  EXPECT_EQ(Told("FailedUpdateContainerGroup", ""), 0);
}

TEST_F(GroupUpdateTest, RefusedUpdateIsToldOnceAndTriedAgainSeldom) {
  CloudRefuses(kUpdate, "Forbidden.RAM");
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  SetImage("example/main:2");
  clock_.Advance(4min);

  EXPECT_EQ(Told("FailedUpdateContainerGroup", ""), 1);
  EXPECT_LE(CallsOf(kUpdate), 10);
  EXPECT_EQ(Status("main").image(), "example/main:1");
  EXPECT_EQ(Pod("web").status().phase(), "Running");

  cloud_.faults().Clear();
  clock_.Advance(5min);
  EXPECT_EQ(Status("main").image(), "example/main:2");
}

TEST_F(GroupUpdateTest, ChangeThatAnEarlierProcessDidNotMakeIsMade) {
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  Stop();
  SetImage("example/main:2");

  MakeAgent({.lifted = true});
  Start();
  clock_.Advance(1min);

  EXPECT_EQ(Status("main").image(), "example/main:2");
  EXPECT_EQ(CallsOf(kUpdate), 1);
  EXPECT_EQ(cloud_.groups().size(), 1u);
}

TEST_F(GroupUpdateTest, ChangeThereAndBackAndThereAgainIsMadeEachTime) {
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  int restarts = 0;
  for (const char* image : {"example/main:2", "example/main:1", "example/main:2"}) {
    SetImage(image);
    clock_.Advance(5s);
    EXPECT_EQ(Status("main").image(), image);
    EXPECT_EQ(Status("main").restartcount(), ++restarts);
  }
}

TEST_F(GroupUpdateTest, NothingIsChangedWithoutTheLease) {
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  // An update that waits for its answer does not matter here: none leaves.
  kube_faults_.RefuseLeases();
  clock_.Advance(11s);
  SetImage("example/main:2");
  clock_.Advance(2min);
  EXPECT_EQ(CallsOf(kUpdate), 0);

  kube_faults_.refuse = nullptr;
  clock_.Advance(2min);
  EXPECT_EQ(Status("main").image(), "example/main:2");
}

TEST_F(GroupUpdateTest, UpdatesThatAreThrottledDoNotLeaveAfterTheLeaseRanOut) {
  CloudRefuses(kUpdate, "Throttling.User");
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  SetImage("example/main:2");
  clock_.Advance(1s);
  ASSERT_GE(CallsOf(kUpdate), 1);
  kube_faults_.RefuseLeases();
  clock_.Advance(10s);
  const int sent = CallsOf(kUpdate);

  clock_.Advance(5min);

  EXPECT_EQ(CallsOf(kUpdate), sent);
}

TEST_F(GroupUpdateTest, NothingIsChangedForAPodThatIsBeingDeleted) {
  Start();
  Create(NewPod());
  clock_.Advance(10s);
  ASSERT_TRUE(server_.Delete(kube::kPods, kWeb, {.grace_period_seconds = 1, .uid = {}}));
  SetImage("example/main:2");
  clock_.Advance(30s);

  EXPECT_EQ(CallsOf(kUpdate), 0);
  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(GroupUpdateTest, CorrectedSettingReachesTheContainerThatItMadeCrash) {
  WriteSettings(kWrong, true);
  Start();
  Create(CrashingPod());
  clock_.Advance(15s);
  ASSERT_GE(Status("main").restartcount(), 1);
  WriteSettings(kRight);

  clock_.Advance(60s);
  const int restarts = Status("main").restartcount();
  clock_.Advance(60s);

  EXPECT_TRUE(Status("main").state().has_running());
  EXPECT_EQ(Status("main").restartcount(), restarts);
  EXPECT_EQ(Status("beside").restartcount(), 0);
  EXPECT_EQ(CallsOf(kUpdate), 1);
  EXPECT_EQ(Told("UpdatedContainerGroup", "main"), 1);
}

TEST_F(GroupUpdateTest, ContainerThatCrashesWithTheSameSettingsCostsFewCalls) {
  WriteSettings(kWrong, true);
  Start();
  Create(CrashingPod());
  clock_.Advance(3min);
  const auto crashes = Status("main").restartcount();
  EXPECT_EQ(CallsOf(kUpdate), 0);
  CountReads();

  clock_.Advance(10min);

  EXPECT_GT(crashes, 2);
  EXPECT_EQ(CallsOf(kUpdate), 0);
  EXPECT_LE(reads_, 20);
}

TEST_F(GroupUpdateTest, SettingsOfAContainerThatRunsAreNotRead) {
  WriteSettings(kRight, true);
  Start();
  Create(CrashingPod());
  clock_.Advance(10s);
  CountReads();
  WriteSettings(kWrong);

  clock_.Advance(2min);

  EXPECT_EQ(reads_, 0);
  EXPECT_EQ(CallsOf(kUpdate), 0);
}

TEST_F(GroupUpdateTest, CorrectedFileReachesTheVolumeAndTheTokenBesideItStays) {
  WriteSettings({{"conf", "wrong"}}, true);
  core::Pod pod = NewPod();
  core::Container* const main = pod.mutable_spec()->mutable_containers(0);
  for (const auto& [name, value] : kWrong) {
    auto* variable = main->add_env();
    variable->set_name(name);
    variable->set_value(value);
  }
  auto* mount = main->add_volumemounts();
  mount->set_name("files");
  mount->set_mountpath("/files");
  auto* volume = pod.mutable_spec()->add_volumes();
  volume->set_name("files");
  auto* projected = volume->mutable_volumesource()->mutable_projected();
  projected->add_sources()->mutable_configmap()->mutable_localobjectreference()->set_name(
      "settings");
  auto* token = projected->add_sources()->mutable_serviceaccounttoken();
  token->set_path("token");
  token->set_expirationseconds(3600);
  Start();
  Create(pod);
  clock_.Advance(10s);
  const auto before = FilesOfGroup();
  ASSERT_EQ(before.at("conf"), "d3Jvbmc=");
  WriteSettings({{"conf", "right"}});

  clock_.Advance(60s);

  EXPECT_EQ(FilesOfGroup().at("conf"), "cmlnaHQ=");
  EXPECT_EQ(FilesOfGroup().at("token"), before.at("token"));
  EXPECT_EQ(CallsOf(kUpdate), 1);
}

}  // namespace
}  // namespace vk::agent
