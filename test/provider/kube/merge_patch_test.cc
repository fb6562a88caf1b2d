#include "provider/kube/merge_patch.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "proto/kubernetes/core/v1/node.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

using google::protobuf::util::MessageDifferencer;
using k8s::io::api::core::v1::Node;
using k8s::io::api::core::v1::Pod;
using k8s::io::api::core::v1::PodStatus;
using testing::HasSubstr;

template <class T>
T Text(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

std::string PodPatch(const std::string& before, const std::string& after) {
  return MakeMergePatch(Text<Pod>(before), Text<Pod>(after)).value();
}

std::string StatusPatch(const std::string& before, const std::string& after) {
  return PodPatch("status {" + before + "}", "status {" + after + "}");
}

TEST(MakeMergePatchTest, EqualObjectsNeedNoPatch) {
  EXPECT_EQ(PodPatch("metadata { uid: 'u' }", "metadata { uid: 'u' }"), "");
}

TEST(MakeMergePatchTest, PatchNamesTheUidOfTheObject) {
  EXPECT_EQ(PodPatch("metadata { uid: 'u' }", "metadata { uid: 'u' } status { phase: 'Running' }"),
            R"({"status":{"phase":"Running"},"metadata":{"uid":"u"}})");
}

TEST(MakeMergePatchTest, RemovedScalarIsNull) {
  EXPECT_EQ(StatusPatch("message: 'm' phase: 'Pending'", "phase: 'Pending'"),
            R"({"status":{"message":null}})");
}

TEST(MakeMergePatchTest, ZeroThatGoWritesByItselfIsNoDifference) {
  EXPECT_EQ(StatusPatch("phase: 'Running' message: '' conditions { type: 'A' lastProbeTime {} }",
                        "phase: 'Running' conditions { type: 'A' }"),
            "");
}

TEST(MakeMergePatchTest, ConditionsArePatchedOneByOneByTheirType) {
  EXPECT_EQ(StatusPatch("conditions { type: 'A' status: 'True' reason: 'R' }"
                        "conditions { type: 'B' status: 'True' }"
                        "conditions { type: 'Old' status: 'True' }",
                        "conditions { type: 'A' status: 'False' }"
                        "conditions { type: 'B' status: 'True' }"
                        "conditions { type: 'New' status: 'True' }"),
            R"({"status":{"conditions":[{"status":"False","reason":null,"type":"A"},)"
            R"({"type":"New","status":"True"},{"$patch":"delete","type":"Old"}]}})");
}

TEST(MakeMergePatchTest, ChangedAddressDeletesTheOldOne) {
  EXPECT_EQ(StatusPatch("podIPs { ip: '10.0.0.1' }", "podIPs { ip: '10.0.0.2' }"),
            R"({"status":{"podIPs":[{"ip":"10.0.0.2"},{"$patch":"delete","ip":"10.0.0.1"}]}})");
}

TEST(MakeMergePatchTest, ContainerStatusesAreSentWholeWithTheirZeroes) {
  EXPECT_EQ(StatusPatch("containerStatuses { name: 'a' ready: true image: 'i' imageID: 'x' }"
                        "containerStatuses { name: 'b' ready: true image: 'i' imageID: 'x' }",
                        "containerStatuses { name: 'a' image: 'i' imageID: 'x' }"
                        "containerStatuses { name: 'b' ready: true image: 'i' imageID: 'x' }"),
            R"({"status":{"containerStatuses":[)"
            R"({"name":"a","ready":false,"restartCount":0,"image":"i","imageID":"x"},)"
            R"({"name":"b","ready":true,"restartCount":0,"image":"i","imageID":"x"}]}})");
}

// A server that answers with empty structs got the same list again with every step of the pod.
TEST(MakeMergePatchTest, EmptyStructsInsideAReplacedListAreNoDifference) {
  EXPECT_EQ(StatusPatch("containerStatuses { name: 'a' lastState {} state { running {} } }",
                        "containerStatuses { name: 'a' state { running {} } }"),
            "");
}

TEST(MakeMergePatchTest, EmptiedListWithoutKeyIsNull) {
  EXPECT_EQ(StatusPatch("containerStatuses { name: 'a' }", ""),
            R"({"status":{"containerStatuses":null}})");
}

TEST(MakeMergePatchTest, MapMembersAreAddedChangedAndRemoved) {
  EXPECT_EQ(PodPatch("metadata { annotations { key: 'a' value: '1' }"
                     " annotations { key: 'b' value: '1' } annotations { key: 'c' value: '1' } }",
                     "metadata { annotations { key: 'b' value: '2' }"
                     " annotations { key: 'c' value: '1' } annotations { key: 'd' value: '1' } }"),
            R"({"metadata":{"annotations":{"b":"2","d":"1","a":null}}})");
}

TEST(MakeMergePatchTest, FinalizersMergeAsASet) {
  EXPECT_EQ(PodPatch("metadata { finalizers: ['a', 'b'] }", "metadata { finalizers: ['b', 'c'] }"),
            R"({"metadata":{"finalizers":["c"],"$deleteFromPrimitiveList/finalizers":["a"]}})");
}

TEST(MakeMergePatchTest, NodeAddressesReplaceTheListSinceTheirTypeIsNotUnique) {
  const auto patch =
      MakeMergePatch(Text<Node>("status { addresses { type: 'InternalIP' address: '10.0.0.1' } }"),
                     Text<Node>("status { addresses { type: 'InternalIP' address: '10.0.0.1' }"
                                " addresses { type: 'InternalIP' address: 'fd00::1' } }"));

  EXPECT_EQ(patch.value(), R"({"status":{"addresses":[{"type":"InternalIP","address":"10.0.0.1"},)"
                           R"({"type":"InternalIP","address":"fd00::1"},{"$patch":"replace"}]}})");
}

TEST(MakeMergePatchTest, KeyThatIsTwiceInAListReplacesIt) {
  EXPECT_THAT(
      PodPatch("spec { containers { name: 'a' ports { containerPort: 53 protocol: 'TCP' } } }",
               "spec { containers { name: 'a' ports { containerPort: 53 protocol: 'TCP' }"
               " ports { containerPort: 53 protocol: 'UDP' } } }"),
      HasSubstr(R"({"$patch":"replace"}],"name":"a"}])"));
}

TEST(MakeMergePatchTest, QuantitiesAndEmbeddedStructsStandWhereGoPutsThem) {
  EXPECT_EQ(PodPatch("spec { volumes { name: 'v' volumeSource { emptyDir {} } } }",
                     "spec { volumes { name: 'v' volumeSource { emptyDir { sizeLimit { string: "
                     "'1Gi' } } } } }"),
            R"({"spec":{"volumes":[{"emptyDir":{"sizeLimit":"1Gi"},"name":"v"}]}})");
}

TEST(MakeMergePatchTest, RemovedMessageIsNullUnlessItWasEmpty) {
  EXPECT_EQ(
      PodPatch("spec { dnsConfig { nameservers: '10.0.0.10' } securityContext {} }", "spec {}"),
      R"({"spec":{"dnsConfig":null}})");
}

TEST(ApplyMergePatchTest, ReplaceDirectiveMakesTheListWhatThePatchHolds) {
  const Node before = Text<Node>(
      "status { addresses { type: 'InternalIP' address: '10.0.0.1' }"
      " addresses { type: 'Hostname' address: 'vk' } }");
  const Node after = Text<Node>(
      "status { addresses { type: 'InternalIP' address: '10.0.0.2' }"
      " addresses { type: 'InternalIP' address: 'fd00::2' } }");
  Node node = before;

  ASSERT_TRUE(
      ApplyMergePatch(PatchType::kStrategicMerge, MakeMergePatch(before, after).value(), &node));

  EXPECT_TRUE(MessageDifferencer::Equals(node, after)) << node.DebugString();
}

TEST(ApplyMergePatchTest, PlainMergeReplacesLists) {
  Pod pod = Text<Pod>("status { conditions { type: 'A' } message: 'm' phase: 'Pending' }");

  ASSERT_TRUE(ApplyMergePatch(
      PatchType::kMerge,
      R"({"status":{"conditions":[{"type":"B","status":"True"}],"message":null}})", &pod));

  EXPECT_TRUE(MessageDifferencer::Equals(
      pod, Text<Pod>("status { conditions { type: 'B' status: 'True' } phase: 'Pending' }")))
      << pod.DebugString();
}

TEST(ApplyMergePatchTest, ItemWithoutItsKeyIsRefusedAndChangesNothing) {
  Pod pod = Text<Pod>("status { phase: 'Pending' }");

  const auto applied =
      ApplyMergePatch(PatchType::kStrategicMerge,
                      R"({"status":{"phase":"Running","conditions":[{"status":"True"}]}})", &pod);

  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(applied.error().message, HasSubstr("conditions"));
  EXPECT_EQ(pod.status().phase(), "Pending");
}

TEST(ApplyMergePatchTest, WhatIsNoJsonObjectIsRefused) {
  Pod pod;
  for (const char* patch : {"", "[]", "{", "7"})
    EXPECT_EQ(ApplyMergePatch(PatchType::kStrategicMerge, patch, &pod).error().code,
              base::ErrorCode::kInvalidArgument)
        << patch;
}

TEST(ApplyMergePatchTest, WrongTypeIsRefused) {
  Pod pod;
  EXPECT_EQ(ApplyMergePatch(PatchType::kMerge, R"({"status":{"phase":7}})", &pod).error().code,
            base::ErrorCode::kInvalidArgument);
}

// A pod of a few names and values, so that pairs overlap.
Pod Draw(base::Random& random) {
  Pod pod;
  const auto word = [&] { return "w" + std::to_string(random.Between(0, 3)); };
  auto& metadata = *pod.mutable_metadata();
  metadata.set_uid("u");
  for (int i = 0; i < 3; ++i)
    if (random.Chance(0.5)) (*metadata.mutable_annotations())[word()] = word();
  for (int i = 0; i < 3; ++i)
    if (random.Chance(0.3)) metadata.add_finalizers("f" + std::to_string(i));
  PodStatus& status = *pod.mutable_status();
  status.set_observedgeneration(random.Between(1, 2));
  if (random.Chance(0.5)) status.set_message(word());
  for (int i = 0; i < 4; ++i) {
    if (random.Chance(0.5)) continue;
    auto& condition = *status.add_conditions();
    condition.set_type("t" + std::to_string(i));
    condition.set_status(word());
    if (random.Chance(0.5)) condition.set_reason(word());
    if (random.Chance(0.5))
      condition.mutable_lasttransitiontime()->set_seconds(random.Between(1, 3));
  }
  if (random.Chance(0.7)) status.add_podips()->set_ip(word());
  for (int i = 0; i < 2; ++i) {
    if (random.Chance(0.3)) continue;
    auto& container = *status.add_containerstatuses();
    container.set_name(word());
    container.set_ready(random.Chance(0.5));
    container.set_restartcount(0);
    container.set_image(word());
    container.set_imageid("");
    if (random.Chance(0.5)) container.set_started(random.Chance(0.5));
    if (random.Chance(0.5)) container.mutable_state()->mutable_running();
    if (random.Chance(0.5)) (*container.mutable_allocatedresources())["cpu"].set_string(word());
  }
  return pod;
}

TEST(MergePatchPropertyTest, PatchOfAnyPairTurnsTheFirstIntoTheSecond) {
  base::Random random(20240501);
  MessageDifferencer same;
  // New items of a merged list go to its end.
  same.TreatAsSet(PodStatus::descriptor()->FindFieldByName("conditions"));
  same.TreatAsSet(
      k8s::io::apimachinery::pkg::apis::meta::v1::ObjectMeta::descriptor()->FindFieldByName(
          "finalizers"));
  for (int round = 0; round < 2000; ++round) {
    const Pod before = Draw(random);
    const Pod after = Draw(random);
    const std::string patch = MakeMergePatch(before, after).value();
    Pod patched = before;
    if (!patch.empty())
      ASSERT_TRUE(ApplyMergePatch(PatchType::kStrategicMerge, patch, &patched)) << patch;

    Pod wanted = after;
    // Presence of a plain zero does not survive JSON.
    if (!patch.empty()) ASSERT_TRUE(ApplyMergePatch(PatchType::kMerge, "{}", &wanted));
    ASSERT_TRUE(same.Compare(patched, wanted)) << patch << "\n"
                                               << before.DebugString() << "\n"
                                               << after.DebugString();
    EXPECT_EQ(MakeMergePatch(patched, after).value(), "");
  }
}

}  // namespace
}  // namespace vk::kube
