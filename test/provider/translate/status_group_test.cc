#include "provider/translate/status_group.h"

#include <gtest/gtest.h>

#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using k8s::io::api::core::v1::PodStatus;

PodStatus Told(const std::string& status, const std::string& message) {
  PodStatus pod;
  auto& condition = *pod.add_conditions();
  condition.set_type(kInstanceCreated);
  condition.set_status(status);
  condition.set_message(message);
  return pod;
}

TEST(StatusGroupTest, MessageGivesItsGroupBack) {
  EXPECT_EQ(GroupNamedIn(Told("True", InstanceMessage("eci-2ze1", ""))), "eci-2ze1");
  EXPECT_EQ(GroupNamedIn(Told("False", InstanceMessage("eci-2ze1", "sold out: wait"))), "eci-2ze1");
}

TEST(StatusGroupTest, TroubleIsNeverTakenForAGroup) {
  for (const char* trouble : {"Container group eci-foreign", "Container group eci-foreign: x",
                              "image Container group eci-foreign", ""}) {
    EXPECT_EQ(GroupNamedIn(Told("False", InstanceMessage("", trouble))), "") << trouble;
    EXPECT_EQ(GroupNamedIn(Told("True", InstanceMessage("", trouble))), "") << trouble;
  }
  EXPECT_EQ(InstanceMessage("", "sold out"), "sold out");
}

TEST(StatusGroupTest, WhatIsNoIdIsNotRead) {
  EXPECT_EQ(GroupNamedIn(Told("True", "Container group e\"]")), "");
  EXPECT_EQ(GroupNamedIn(Told("True", "Container group ")), "");
}

TEST(StatusGroupTest, ContainerIdsNameTheGroupUnlessTheConditionSaysThatThereIsNone) {
  const auto with_id = [](PodStatus pod) {
    pod.add_containerstatuses()->set_containerid("eci://eci-1/main/0");
    return pod;
  };
  EXPECT_EQ(GroupNamedIn(with_id({})), "eci-1");
  EXPECT_EQ(GroupNamedIn(with_id(Told("True", ""))), "eci-1");
  EXPECT_EQ(GroupNamedIn(with_id(Told("False", "sold out"))), "");
}

TEST(StatusGroupTest, ContainersOfOtherRuntimesNameNone) {
  PodStatus pod;
  pod.add_containerstatuses()->set_containerid("containerd://eci-1");
  EXPECT_EQ(GroupNamedIn(pod), "");
}

}  // namespace
}  // namespace vk::translate
