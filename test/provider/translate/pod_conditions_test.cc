#include "provider/translate/pod_conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

class PodConditionsTest : public testing::Test {
 protected:
  // "True", or "False Reason: message".
  std::string Condition(const std::string& type) const {
    const auto* found = Find(type);
    if (found == nullptr) return "absent";
    std::string text = found->status();
    if (!found->reason().empty()) text += " " + found->reason();
    if (!found->message().empty()) text += ": " + found->message();
    return text;
  }
  Seconds Moved(const std::string& type) const {
    return Find(type)->lasttransitiontime().seconds();
  }

  // What the next status is computed from.
  void Store() { *pod_.mutable_status() = status_; }
  void Write(ConditionFacts facts = {}) {
    if (facts.now == 0) facts.now = 100;
    WriteConditions(pod_, facts, &status_);
  }

  core::Pod pod_ = FromText<core::Pod>(R"(metadata { generation: 3 } spec {
      containers { name: "a" } containers { name: "b" } })");
  core::PodStatus status_ = FromText<core::PodStatus>(R"(phase: "Running"
      containerStatuses { name: "a" ready: true state { running {} } }
      containerStatuses { name: "b" ready: true state { running {} } })");

 private:
  const core::PodCondition* Find(const std::string& type) const {
    const auto found = std::ranges::find(status_.conditions(), type,
                                         [](const auto& condition) { return condition.type(); });
    return found == status_.conditions().end() ? nullptr : &*found;
  }
};

TEST_F(PodConditionsTest, SidecarInitializesByItsStartAndIsReadyAsAContainerIs) {
  auto* init = pod_.mutable_spec()->add_initcontainers();
  init->set_name("proxy");
  init->set_restartpolicy("Always");
  status_ = FromText<core::PodStatus>(R"(phase: "Pending"
      initContainerStatuses { name: "proxy" state { waiting {} } }
      containerStatuses { name: "a" state { waiting {} } }
      containerStatuses { name: "b" state { waiting {} } })");
  Write();
  EXPECT_EQ(Condition("Initialized"),
            "False ContainersNotInitialized: containers with incomplete status: [proxy]");

  auto* proxy = status_.mutable_initcontainerstatuses(0);
  proxy->mutable_state()->mutable_running();
  proxy->set_started(true);
  for (auto& app : *status_.mutable_containerstatuses()) app.set_ready(true);
  Write();

  EXPECT_EQ(Condition("Initialized"), "True");
  EXPECT_EQ(Condition("ContainersReady"),
            "False ContainersNotReady: containers with unready status: [proxy]");
}

TEST_F(PodConditionsTest, ReadyContainersMakeAReadyPod) {
  Write({.now = 0, .sandbox_ready = true});

  EXPECT_EQ(Condition("PodReadyToStartContainers"), "True");
  EXPECT_EQ(Condition("Initialized"), "True");
  EXPECT_EQ(Condition("Ready"), "True");
  EXPECT_EQ(Condition("ContainersReady"), "True");
  EXPECT_EQ(Condition("PodScheduled"), "True");
  EXPECT_EQ(Condition("ContainerInstanceCreated"), "absent");
  for (const auto& condition : status_.conditions()) EXPECT_EQ(condition.observedgeneration(), 3);
}

TEST_F(PodConditionsTest, UnreadyContainersAreNamed) {
  for (auto& container : *status_.mutable_containerstatuses()) container.set_ready(false);
  Write();

  EXPECT_EQ(Condition("Ready"), "False ContainersNotReady: containers with unready status: [a b]");
  EXPECT_EQ(Condition("ContainersReady"),
            "False ContainersNotReady: containers with unready status: [a b]");
}

TEST_F(PodConditionsTest, UnknownContainersAreNamed) {
  status_.mutable_containerstatuses()->RemoveLast();
  Write();

  EXPECT_EQ(Condition("Ready"), "False ContainersNotReady: containers with unknown status: [b]");
}

TEST_F(PodConditionsTest, EndedPodIsNotReadyAndHasNoSandbox) {
  status_.set_phase("Succeeded");
  Write({.now = 0, .sandbox_ready = true});
  EXPECT_EQ(Condition("Ready"), "False PodCompleted");
  EXPECT_EQ(Condition("ContainersReady"), "False PodCompleted");
  EXPECT_EQ(Condition("Initialized"), "True PodCompleted");
  EXPECT_EQ(Condition("PodReadyToStartContainers"), "False");

  status_.set_phase("Failed");
  Write();
  EXPECT_EQ(Condition("Ready"), "False PodFailed");
  EXPECT_EQ(Condition("ContainersReady"), "False PodFailed");
}

TEST_F(PodConditionsTest, ReadinessGatesHoldReadyAlone) {
  pod_.mutable_spec()->add_readinessgates()->set_conditiontype("x.io/lb");
  Write();
  EXPECT_EQ(Condition("ContainersReady"), "True");
  EXPECT_EQ(Condition("Ready"),
            "False ReadinessGatesNotReady: corresponding condition of pod readiness gate "
            "\"x.io/lb\" does not exist.");

  *pod_.mutable_status()->add_conditions() =
      FromText<core::PodCondition>("type: \"x.io/lb\" status: \"False\"");
  Write();
  EXPECT_EQ(Condition("Ready"),
            "False ReadinessGatesNotReady: the status of pod readiness gate \"x.io/lb\" is not "
            "\"True\", but False");

  pod_.mutable_status()->mutable_conditions(0)->set_status("True");
  Write();
  EXPECT_EQ(Condition("Ready"), "True");
}

TEST_F(PodConditionsTest, InitContainersHoldInitialized) {
  pod_.mutable_spec()->add_initcontainers()->set_name("i");
  status_ = FromText<core::PodStatus>(R"(phase: "Pending"
      initContainerStatuses { name: "i" state { running {} } }
      containerStatuses { name: "a" state { waiting {} } }
      containerStatuses { name: "b" state { waiting {} } })");
  Write();

  EXPECT_EQ(Condition("Initialized"),
            "False ContainersNotInitialized: containers with incomplete status: [i]");
}

TEST_F(PodConditionsTest, InitializedStaysOnceAContainerRan) {
  pod_.mutable_spec()->add_initcontainers()->set_name("i");
  Write();
  EXPECT_EQ(Condition("Initialized"), "True");

  Store();
  for (auto& container : *status_.mutable_containerstatuses()) {
    container.mutable_state()->clear_running();
  }
  Write();
  EXPECT_EQ(Condition("Initialized"), "True");
}

TEST_F(PodConditionsTest, TransitionTimeMovesWithTheStatusOnly) {
  Write({.now = 100});
  Store();
  status_.mutable_containerstatuses(0)->set_ready(false);
  Write({.now = 200});

  EXPECT_EQ(Moved("Ready"), 200);
  EXPECT_EQ(Moved("PodScheduled"), 100);
}

TEST_F(PodConditionsTest, ForeignConditionsAreKept) {
  *status_.add_conditions() =
      FromText<core::PodCondition>("type: \"x.io/lb\" status: \"True\" reason: \"Theirs\"");
  Write();

  EXPECT_EQ(Condition("x.io/lb"), "True Theirs");
}

TEST_F(PodConditionsTest, TroubleAppearsAndTurnsTrue) {
  Write({.now = 100, .trouble_reason = "NoStock", .trouble_message = "sold out"});
  EXPECT_EQ(Condition("ContainerInstanceCreated"), "False NoStock: sold out");

  Store();
  Write({.now = 200, .instance_created = true});
  EXPECT_EQ(Condition("ContainerInstanceCreated"), "True");
  EXPECT_EQ(Moved("ContainerInstanceCreated"), 200);
}

TEST_F(PodConditionsTest, GroupIsNamedWithAndWithoutTrouble) {
  Write({.instance_created = true, .group_id = "eci-1"});
  EXPECT_EQ(Condition("ContainerInstanceCreated"), "True: Container group eci-1");

  Write({.instance_created = true,
         .group_id = "eci-1",
         .trouble_reason = "ErrImagePull",
         .trouble_message = "no such image"});
  EXPECT_EQ(Condition("ContainerInstanceCreated"),
            "False ErrImagePull: Container group eci-1: no such image");

  Write({.group_id = "eci-1"});
  EXPECT_EQ(Condition("ContainerInstanceCreated"), "False: Container group eci-1");
}

}  // namespace
}  // namespace vk::translate
