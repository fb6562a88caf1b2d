// Pods with native sidecars, and with preStop hooks that sleep, as requests for groups.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Pair;

template <class List>
std::vector<std::string> NamesOf(const List& containers) {
  std::vector<std::string> names;
  for (const auto& container : containers) names.push_back(container.name());
  return names;
}

std::map<std::string, std::string> EnvironmentOf(const eci::v1::Container& container) {
  std::map<std::string, std::string> environment;
  for (const auto& entry : container.environment_var()) environment[entry.key()] = entry.value();
  return environment;
}

constexpr const char* kMesh = R"(
    initContainers { name: "setup" image: "setup:1" }
    initContainers { name: "proxy" image: "proxy:1" restartPolicy: "Always" stdin: true
      ports { name: "admin" containerPort: 15000 }
      readinessProbe { handler { httpGet { port { type: 1 strVal: "admin" } path: "/ready" } } }
      livenessProbe { handler { exec { command: "alive" } } }
      lifecycle { preStop { exec { command: "drain" } } } }
    initContainers { name: "agent" image: "agent:1" restartPolicy: "Always"
      env { name: "ECI_CONTAINER_EXIT_PRIORITY" value: "7" } }
    restartPolicy: "Always")";

TEST(SidecarPlanTest, SidecarsAreContainersOfTheGroupAndOtherInitContainersAreNot) {
  const auto request = PlanOf(PodWith("", kMesh)).request;

  EXPECT_THAT(NamesOf(request.init_container()), ElementsAre("setup"));
  EXPECT_THAT(NamesOf(request.container()), ElementsAre("proxy", "agent", "main"));
}

TEST(SidecarPlanTest, SidecarsAreToldToStartBeforeAndToEndAfterTheOthers) {
  const auto request = PlanOf(PodWith("", kMesh)).request;

  EXPECT_THAT(
      EnvironmentOf(request.container(0)),
      IsSupersetOf(
          {Pair("ECI_CONTAINER_TYPE", "sidecar"), Pair("ECI_CONTAINER_IGNORE_EXIT_CODE", "true"),
           Pair("ECI_CONTAINER_LAUNCH_PRIORITY", "2"), Pair("ECI_CONTAINER_EXIT_PRIORITY", "-2")}));
  EXPECT_THAT(EnvironmentOf(request.container(2)),
              testing::Not(Contains(testing::Key("ECI_CONTAINER_TYPE"))));
}

TEST(SidecarPlanTest, VariableThatThePodSetsItselfStays) {
  const auto request = PlanOf(PodWith("", kMesh)).request;

  EXPECT_THAT(EnvironmentOf(request.container(1)),
              IsSupersetOf({Pair("ECI_CONTAINER_LAUNCH_PRIORITY", "1"),
                            Pair("ECI_CONTAINER_EXIT_PRIORITY", "7")}));
}

TEST(SidecarPlanTest, SidecarHasWhatContainersHave) {
  const auto proxy = PlanOf(PodWith("", kMesh)).request.container(0);

  EXPECT_EQ(proxy.readiness_probe().http_get().port(), 15000);
  EXPECT_THAT(proxy.liveness_probe().exec().command(), ElementsAre("alive"));
  EXPECT_THAT(proxy.lifecycle_pre_stop_handler_exec(), ElementsAre("drain"));
  EXPECT_TRUE(proxy.stdin());
}

TEST(SidecarPlanTest, InitContainerBehindASidecarIsRefusedNamingBoth) {
  const std::string spec = std::string(kMesh) + R"( initContainers { name: "fetch" image: "f:1" })";
  const NotNow refusal = RefusalOf(PodWith("", spec));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kUnsupported);
  EXPECT_EQ(refusal.notice.reason, "UnsupportedPodField");
  EXPECT_THAT(
      refusal.notice.message,
      HasSubstr(R"(does not support spec.initContainers[3], "fetch" behind the sidecar "agent")"));
  EXPECT_THAT(refusal.notice.message, HasSubstr("k8s.aliyun.com/init-before-sidecars"));
}

TEST(SidecarPlanTest, RefusalOfManyInitContainersFitsAnEvent) {
  std::string spec = kMesh;
  for (int i = 0; i < 17; ++i) {
    spec += R"( initContainers { name: ")" + std::string(60, 'f') + std::to_string(i) +
            R"(" image: "f:1" })";
  }

  const NotNow refusal = RefusalOf(PodWith("", spec));

  EXPECT_THAT(refusal.notice.message, HasSubstr("spec.initContainers[3], \"ffff"));
  EXPECT_LE(refusal.notice.message.size(), 1024u);
}

TEST(SidecarPlanTest, AnnotationLetsInitContainersRunBeforeTheSidecars) {
  const std::string spec = std::string(kMesh) + R"( initContainers { name: "fetch" image: "f:1" })";
  const core::Pod pod = PodWith(
      "", spec, R"(annotations { key: "k8s.aliyun.com/init-before-sidecars" value: "true" })");

  const auto request = PlanOf(pod).request;

  EXPECT_THAT(NamesOf(request.init_container()), ElementsAre("setup", "fetch"));
  EXPECT_THAT(NamesOf(request.container()), ElementsAre("proxy", "agent", "main"));
}

TEST(SidecarPlanTest, SleepTakesItsPartOfTheGroupsGrace) {
  const std::string sleeps = "lifecycle { preStop { sleep { seconds: 12 } } }";

  EXPECT_EQ(PlanOf(PodWith(sleeps)).request.termination_grace_period_seconds(), 18);
  EXPECT_EQ(PlanOf(PodWith(sleeps, "terminationGracePeriodSeconds: 60"))
                .request.termination_grace_period_seconds(),
            48);
  EXPECT_FALSE(PlanOf(PodWith("")).request.has_termination_grace_period_seconds());
}

}  // namespace
}  // namespace vk::translate
