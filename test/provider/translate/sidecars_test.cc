#include "provider/translate/sidecars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

core::PodSpec Mesh() {
  return FromText<core::PodSpec>(R"(
      restartPolicy: "Never"
      initContainers { name: "setup" }
      initContainers { name: "proxy" restartPolicy: "Always" }
      initContainers { name: "agent" restartPolicy: "Always" }
      containers { name: "main" })");
}

TEST(SidecarControlsTest, EarlierSidecarStartsEarlierAndEndsLater) {
  EXPECT_THAT(SidecarControls(Mesh(), 1),
              ElementsAre(Pair("ECI_CONTAINER_TYPE", "sidecar"),
                          Pair("ECI_CONTAINER_IGNORE_EXIT_CODE", "true"),
                          Pair("ECI_CONTAINER_LAUNCH_PRIORITY", "2"),
                          Pair("ECI_CONTAINER_EXIT_PRIORITY", "-2")));
  EXPECT_THAT(SidecarControls(Mesh(), 2),
              ElementsAre(Pair("ECI_CONTAINER_TYPE", "sidecar"),
                          Pair("ECI_CONTAINER_IGNORE_EXIT_CODE", "true"),
                          Pair("ECI_CONTAINER_LAUNCH_PRIORITY", "1"),
                          Pair("ECI_CONTAINER_EXIT_PRIORITY", "-1")));
}

TEST(FindMisplacedInitTest, InitContainersBeforeSidecarsAreWhereTheCloudRunsThem) {
  EXPECT_THAT(FindMisplacedInit(Mesh()), IsEmpty());
}

TEST(FindMisplacedInitTest, InitContainerBehindASidecarIsNamedWithIt) {
  core::PodSpec spec = Mesh();
  spec.add_initcontainers()->set_name("fetch");

  const auto misplaced = FindMisplacedInit(spec);

  ASSERT_EQ(misplaced.size(), 1);
  EXPECT_EQ(misplaced[0].sidecar, "agent");
  EXPECT_EQ(misplaced[0].init, "fetch");
  EXPECT_EQ(misplaced[0].index, spec.initcontainers_size() - 1);
}

class OnlySidecarsRemainTest : public testing::Test {
 protected:
  bool Remain(const ContainerState& main) const {
    GroupObservation observed;
    observed.containers.push_back(
        {.name = "proxy", .current = {.phase = ContainerPhase::kRunning}});
    observed.containers.push_back({.name = "main", .current = main});
    return OnlySidecarsRemain(spec_, observed);
  }

  core::PodSpec spec_ = Mesh();
  ContainerState running_{.phase = ContainerPhase::kRunning};
  ContainerState succeeded_{.phase = ContainerPhase::kTerminated};
  ContainerState failed_{.phase = ContainerPhase::kTerminated, .exit_code = 1};
};

TEST_F(OnlySidecarsRemainTest, ContainersThatEndedForGoodLeaveSidecarsAlone) {
  EXPECT_FALSE(Remain(running_));
  EXPECT_TRUE(Remain(succeeded_));
  EXPECT_TRUE(Remain(failed_));
}

TEST_F(OnlySidecarsRemainTest, ContainersThatStartAgainDoNot) {
  spec_.set_restartpolicy("OnFailure");
  EXPECT_TRUE(Remain(succeeded_));
  EXPECT_FALSE(Remain(failed_));
  spec_.set_restartpolicy("Always");
  EXPECT_FALSE(Remain(succeeded_));
}

TEST_F(OnlySidecarsRemainTest, ContainerThatNoListingShowedHasNotEnded) {
  EXPECT_FALSE(OnlySidecarsRemain(spec_, {}));
}

TEST_F(OnlySidecarsRemainTest, GroupWithoutSidecarsEndsByItself) {
  spec_.clear_initcontainers();
  EXPECT_FALSE(Remain(succeeded_));
}

}  // namespace
}  // namespace vk::translate
