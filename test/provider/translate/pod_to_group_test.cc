#include "provider/translate/pod_to_group.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kDaemonSet =
    R"(ownerReferences { kind: "DaemonSet" name: "d" controller: true })";

TEST(PodToGroupTest, DaemonSetPodIsNotRunUnlessAskedFor) {
  const core::Pod pod = PodWith("", "", kDaemonSet);
  NodeFacts node = TestNode();

  const NotNow refusal = RefusalOf(pod, {}, node);
  EXPECT_EQ(refusal.kind, NotNow::Kind::kNotOurs);
  EXPECT_EQ(refusal.notice.reason, "DaemonSetNotRun");

  node.run_daemonsets = true;
  PlanOf(pod, {}, node);
}

TEST(PodToGroupTest, MirrorPodIsNotRun) {
  const core::Pod pod =
      PodWith("", "", R"(annotations { key: "kubernetes.io/config.mirror" value: "x" })");

  EXPECT_EQ(RefusalOf(pod).notice.reason, "MirrorPodNotRun");
}

TEST(PodToGroupTest, UnmappedFieldsAreAllNamed) {
  const NotNow refusal = RefusalOf(PodWith("", "hostPID: true hostIPC: true"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kUnsupported);
  EXPECT_EQ(refusal.notice.reason, "UnsupportedPodField");
  EXPECT_THAT(refusal.notice.message, HasSubstr("spec.hostPID=true, spec.hostIPC=true ("));
}

TEST(PodToGroupTest, AllMissingObjectsAreNamed) {
  const NotNow refusal =
      RefusalOf(PodWith(R"(envFrom { configMapRef { localObjectReference { name: "conf" } } })",
                        R"(volumes { name: "v" volumeSource { secret { secretName: "key" } } })"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_EQ(refusal.notice.message, "configmap \"conf\" not found, secret \"key\" not found");
  EXPECT_THAT(refusal.missing,
              ElementsAre(ObjectReference{ObjectReference::Kind::kConfigMap, "conf", false},
                          ObjectReference{ObjectReference::Kind::kSecret, "key", false}));
}

TEST(PodToGroupTest, MissingKeysAreNamedWithTheMissingObjectsInOneMessage) {
  TestCluster cluster;
  cluster.AddConfigMap(R"(metadata { name: "conf" } data { key: "there" value: "" }
                          binaryData { key: "bytes" value: "" })");
  cluster.AddSecret(R"(metadata { name: "key" })");
  const core::Pod pod = PodWith(
      R"(env { name: "A" valueFrom { secretKeyRef {
             localObjectReference { name: "absent" } key: "k" } } }
         env { name: "B" valueFrom { configMapKeyRef {
             localObjectReference { name: "conf" } key: "bytes" } } }
         env { name: "C" valueFrom { configMapKeyRef {
             localObjectReference { name: "conf" } key: "there" } } }
         env { name: "D" valueFrom { secretKeyRef {
             localObjectReference { name: "key" } key: "nowhere" optional: true } } })",
      R"(volumes { name: "v" volumeSource { secret {
             secretName: "key" items { key: "k" path: "p" } } } }
         volumes { name: "w" volumeSource { projected { sources { configMap {
             localObjectReference { name: "conf" } items { key: "bytes" path: "p" }
             items { key: "none" path: "q" } } } } } })");

  const NotNow refusal = RefusalOf(pod, cluster.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_EQ(refusal.notice.message,
            "secret \"absent\" not found, couldn't find key bytes in ConfigMap ns/conf, "
            "couldn't find key none in ConfigMap ns/conf, couldn't find key k in Secret ns/key");
  EXPECT_THAT(refusal.missing,
              ElementsAre(ObjectReference{ObjectReference::Kind::kConfigMap, "conf", false},
                          ObjectReference{ObjectReference::Kind::kSecret, "absent", false},
                          ObjectReference{ObjectReference::Kind::kSecret, "key", false}));
}

TEST(PodToGroupTest, WhatAVolumeNeedsIsAFailedMountAndWhatAVariableNeedsIsNot) {
  const std::string variable = R"(envFrom { configMapRef { localObjectReference { name: "a" } } })";
  const std::string volume =
      R"(volumes { name: "v" volumeSource { secret { secretName: "b" items { key: "k" } } } })";

  EXPECT_EQ(RefusalOf(PodWith(variable, "")).notice.reason, "CreateContainerConfigError");
  EXPECT_EQ(RefusalOf(PodWith("", volume)).notice.reason, "FailedMount");
  EXPECT_EQ(RefusalOf(PodWith(variable, volume)).notice.reason, "FailedMount");

  TestCluster cluster;
  cluster.AddSecret(R"(metadata { name: "b" })");
  EXPECT_EQ(RefusalOf(PodWith("", volume), cluster.Inputs()).notice.reason, "FailedMount");
}

TEST(PodToGroupTest, FilesThatTheClusterKeepsAreMountedReadOnly) {
  const core::Pod pod = PodWith(
      R"(volumeMounts { name: "map" mountPath: "/map" }
         volumeMounts { name: "all" mountPath: "/all" }
         volumeMounts { name: "data" mountPath: "/data" })",
      R"(volumes { name: "map" volumeSource { configMap {
             localObjectReference { name: "none" } optional: true } } }
         volumes { name: "all" volumeSource { projected { sources { secret {
             localObjectReference { name: "none" } optional: true } } } } }
         volumes { name: "data" volumeSource { emptyDir {} } })");

  const auto mounts = PlanOf(pod).request.container(0).volume_mount();

  EXPECT_TRUE(mounts[0].read_only());
  EXPECT_TRUE(mounts[1].read_only());
  EXPECT_FALSE(mounts[2].read_only());
}

TEST(PodToGroupTest, KeyOfAnObjectWithoutANameIsMissing) {
  const NotNow refusal =
      RefusalOf(PodWith(R"(env { name: "A" valueFrom { secretKeyRef { key: "k" } } })"));

  EXPECT_EQ(refusal.notice.message, "couldn't find key k in Secret ns/");
}

TEST(PodToGroupTest, PodBeyondTheLargestSizeIsRefusedWithLimitAndSize) {
  const NotNow refusal =
      RefusalOf(PodWith(R"(resources { limits { key: "cpu" value { string: "65" } } })"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kTooLarge);
  EXPECT_THAT(refusal.notice.message, HasSubstr("65 vCPU"));
  EXPECT_THAT(refusal.notice.message, HasSubstr("64 vCPU and 512 GiB"));
}

TEST(PodToGroupTest, LimitsBindContainersAndRequestsOnlyTheGroup) {
  const GroupPlan plan = PlanOf(PodWith(R"(resources {
      limits { key: "memory" value { string: "896Mi" } }
      requests { key: "cpu" value { string: "100m" } } })"));

  EXPECT_FLOAT_EQ(plan.request.container(0).memory(), 0.875F);
  EXPECT_FALSE(plan.request.container(0).has_cpu());
  EXPECT_FLOAT_EQ(plan.request.cpu(), 0.25F);
  EXPECT_FLOAT_EQ(plan.request.memory(), 1);
}

TEST(PodToGroupTest, GpusAreCounted) {
  const GroupPlan plan =
      PlanOf(PodWith(R"(resources { limits { key: "nvidia.com/gpu" value { string: "2" } } })"));

  EXPECT_EQ(plan.request.container(0).gpu(), 2);
}

TEST(PodToGroupTest, ExtraStorageIsBoughtUpToTheLimit) {
  const auto storage = [](const char* amount) {
    return PodWith(fmt::format(
        R"(resources {{ limits {{ key: "ephemeral-storage" value {{ string: "{}" }} }} }})",
        amount));
  };

  EXPECT_EQ(PlanOf(storage("40Gi")).request.ephemeral_storage(), 10);
  EXPECT_THAT(RefusalOf(storage("6000Gi")).notice.message, HasSubstr("5970 GiB"));
}

TEST(PodToGroupTest, ListOverTheCloudsLimitIsRefusedWithLimitAndSize) {
  std::string arguments;
  for (int i = 0; i < 101; ++i) arguments += "args: \"x\" ";

  const NotNow refusal = RefusalOf(PodWith(arguments));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kTooLarge);
  EXPECT_EQ(refusal.notice.reason, "CloudLimitExceeded");
  EXPECT_EQ(refusal.notice.message,
            "container[0].arg: 101 entries in the request for the container group, the cloud takes "
            "at most 100");
}

TEST(PodToGroupTest, TooManyContainersAreRefused) {
  std::string more;
  for (int i = 0; i < 20; ++i) more += fmt::format("containers {{ name: \"c{}\" }} ", i);

  EXPECT_THAT(RefusalOf(PodWith("", more)).notice.message, HasSubstr("spec.containers: 21 entries"));
}

TEST(PodToGroupTest, SameArgumentsGiveTheSameBytes) {
  std::string labels;
  for (int i = 0; i < 20; ++i) labels += fmt::format("labels {{ key: \"l{}\" value: \"v\" }} ", i);
  const core::Pod pod =
      PodWith("", R"(volumes { name: "v" volumeSource { downwardAPI { items { path: "l"
                     fieldRef { fieldPath: "metadata.labels" } } } } })",
              labels);
  core::Pod copy = pod;
  copy.mutable_metadata()->mutable_labels()->clear();
  for (int i = 19; i >= 0; --i)
    (*copy.mutable_metadata()->mutable_labels())[fmt::format("l{}", i)] = "v";

  EXPECT_EQ(PlanOf(pod).request.SerializeAsString(), PlanOf(copy).request.SerializeAsString());
}

}  // namespace
}  // namespace vk::translate
