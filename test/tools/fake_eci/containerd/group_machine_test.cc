#include "tools/fake_eci/containerd/group_machine.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

#include "proto/eci/v1/container_group.pb.h"
#include "test/tools/fake_eci/containerd/image_fixture.h"

namespace vk::fake {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using Kind = HostReport::Kind;

class GroupMachineTest : public ImageTest {
 protected:
  GroupMachineTest() {
    containerd_.Publish("vk.test/good:1", "id-good");
    SetImages({"vk.test/absent:1", "vk.test/good:1"});
    machine_.Prepare(group_);
  }

  void SetImages(const std::vector<std::string>& images) {
    eci::v1::CreateContainerGroupRequest request;
    for (const std::string& image : images) {
      auto* container = request.add_container();
      container->set_name("c" + std::to_string(request.container_size() - 1));
      container->set_image(image);
    }
    group_.spec = request.SerializeAsString();
  }
  void Start(std::size_t container, std::uint64_t epoch = 1) {
    machine_.Start(group_, {.container = container,
                            .epoch = epoch,
                            .attempt = 0,
                            .name = "c" + std::to_string(container)});
  }
  // The reason of a container that waits, once it was told.
  std::string ReasonOf(std::size_t container) {
    std::optional<std::string> reason;
    RunUntil([&] {
      for (const HostReport& report : reports_) {
        if (report.kind == Kind::kWaiting && report.container == container) reason = report.reason;
      }
      return reason.has_value();
    });
    return reason.value_or("none");
  }
  bool RunUntilStarted(const std::string& name) {
    return RunUntil([&] { return testing::Value(containerd_.started(), Contains(name)); });
  }

  const RuntimePaths paths_{std::filesystem::path(folder_) / "runtime"};
  const std::string no_name_server_;
  const UsageReader usage_{folder_ + "/cgroups", folder_ + "/processes"};
  std::vector<HostReport> reports_;
  HostedGroup group_{.number = 1, .id = "eci-1", .name = "web", .address = "172.30.0.9"};
  GroupMachine machine_{
      {.cri = cri_,
       .images = store_,
       .paths = paths_,
       .name_server = no_name_server_,
       .usage = usage_,
       .clock = clock_,
       .log = log_,
       .tasks = tasks_,
       .report = [this](const HostReport& report) { reports_.push_back(report); }},
      1,
      "eci-1"};
};

TEST_F(GroupMachineTest, ContainerWithoutItsImageKeepsNoLaterOneFromStarting) {
  Start(0);
  Start(1);

  EXPECT_TRUE(RunUntilStarted("c1"));
  EXPECT_EQ(ReasonOf(0), "ErrImagePull");
}

TEST_F(GroupMachineTest, ContainerThatWaitsIsStartedAtOnceWithAnotherImage) {
  Start(0);
  EXPECT_EQ(ReasonOf(0), "ErrImagePull");
  SetImages({"vk.test/good:1", "vk.test/good:1"});

  Start(0, 2);

  EXPECT_TRUE(RunUntilStarted("c0"));
}

TEST_F(GroupMachineTest, GroupIsTornDownWhileAContainerWaits) {
  Start(0);
  EXPECT_EQ(ReasonOf(0), "ErrImagePull");

  machine_.Forget();

  EXPECT_TRUE(RunUntil([&] { return !std::filesystem::exists(paths_.groups() / "eci-1"); }));
}

TEST_F(GroupMachineTest, WhyAContainerWaitsIsToldByTheKubeletsWord) {
  SetImages({"vk.test/PullImage runAsNonRoot", "vk.test/good:1", "vk.test/good:1"});
  eci::v1::CreateContainerGroupRequest request;
  request.ParseFromString(group_.spec);
  request.mutable_container(1)->set_security_context_run_as_non_root(true);
  request.mutable_container(2)->set_image_pull_policy("Never");
  request.mutable_container(2)->set_image("vk.test/absent:1");
  group_.spec = request.SerializeAsString();

  for (std::size_t i = 0; i < 3; ++i) Start(i);

  EXPECT_EQ(ReasonOf(0), "InvalidImageName");
  EXPECT_EQ(ReasonOf(1), "CreateContainerConfigError");
  EXPECT_EQ(ReasonOf(2), "ErrImageNeverPull");
}

TEST_F(GroupMachineTest, ContainerThatCannotBeStartedGivesItsNameBack) {
  containerd_.FailNextStart();
  Start(1);
  EXPECT_EQ(ReasonOf(1), "RunContainerError");

  Start(1, 2);

  EXPECT_TRUE(RunUntilStarted("c1"));
}

}  // namespace
}  // namespace vk::fake
