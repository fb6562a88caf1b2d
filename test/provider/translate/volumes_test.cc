#include "provider/translate/volumes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

core::Pod PodWithVolume(const std::string& source) {
  return PodWith("", fmt::format(R"(volumes {{ name: "v" volumeSource {{ {} }} }})", source));
}

class VolumesTest : public testing::Test {
 protected:
  void AddMap(const std::string& key, std::size_t size) {
    cluster_.AddConfigMap(
        fmt::format(R"(metadata {{ name: "{}" }} data {{ key: "{}" value: "{}" }})", key, key,
                    std::string(size, 'x')));
  }

  TestCluster cluster_;
};

TEST_F(VolumesTest, ModesAreOctalDigits) {
  EXPECT_EQ(OctalDigits(0644), 644);
  EXPECT_EQ(OctalDigits(420), 644);
  EXPECT_EQ(OctalDigits(0400), 400);
  EXPECT_EQ(OctalDigits(07), 7);
  EXPECT_EQ(OctalDigits(0), 0);
}

TEST_F(VolumesTest, FileOverTheLimitIsRefusedWithLimitAndSize) {
  AddMap("big", kLargestFile + 1);

  const NotNow refusal = RefusalOf(
      PodWithVolume(R"(configMap { localObjectReference { name: "big" } })"), cluster_.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kTooLarge);
  EXPECT_EQ(refusal.notice.message,
            "spec.volumes[0] (volume v): file big has 32769 bytes, the cloud takes at most 32768");
}

TEST_F(VolumesTest, FileAtTheLimitPasses) {
  AddMap("big", kLargestFile);

  const GroupPlan plan = PlanOf(
      PodWithVolume(R"(configMap { localObjectReference { name: "big" } })"), cluster_.Inputs());

  EXPECT_EQ(plan.request.volume(0).type(), "ConfigFileVolume");
}

TEST_F(VolumesTest, VolumeOverTheLimitIsRefusedWithLimitAndSize) {
  AddMap("a", 31'000);
  AddMap("b", 31'000);

  const NotNow refusal = RefusalOf(
      PodWithVolume(R"(projected { sources { configMap { localObjectReference { name: "a" } } }
                                   sources { configMap { localObjectReference { name: "b" } } } })"),
      cluster_.Inputs());

  EXPECT_EQ(
      refusal.notice.message,
      "spec.volumes[0] (volume v): its 2 files have 62000 bytes, the cloud takes at most 61440");
}

TEST_F(VolumesTest, MoreFilesThanTheCloudTakesAreRefusedWithLimitAndNumber) {
  AddMap("a", 1);
  std::string items;
  for (int i = 0; i <= kMostFiles; ++i) {
    items += fmt::format(R"(items {{ key: "a" path: "{}" }})", i);
  }

  const NotNow refusal =
      RefusalOf(PodWithVolume(fmt::format(
                    R"(configMap {{ localObjectReference {{ name: "a" }} {} }})", items)),
                cluster_.Inputs());

  EXPECT_EQ(refusal.notice.reason, "CloudLimitExceeded");
  EXPECT_EQ(refusal.notice.message,
            "spec.volumes[0] (volume v): 91 files, the cloud takes at most 90 in a volume");
}

// A quarter of a megabyte for each of ten thousand files.
TEST_F(VolumesTest, VeryManyFilesOfOneLongAnnotationAreRefusedWithoutBeingMade) {
  std::string items;
  for (int i = 0; i < 10'000; ++i) {
    items += fmt::format(
        R"(items {{ path: "{}" fieldRef {{ fieldPath: "metadata.annotations['long']" }} }})", i);
  }
  const std::string long_one =
      fmt::format(R"(annotations {{ key: "long" value: "{}" }})", std::string(262'144, 'x'));
  const std::string volume = R"(volumes {{ name: "v" volumeSource {{ {} }} }})";
  const std::string direct = fmt::format("downwardAPI {{ {} }}", items);
  const std::string projected = fmt::format("projected {{ sources {{ {} }} }}", direct);

  const NotNow refusal =
      RefusalOf(PodWith("", fmt::format(fmt::runtime(volume), direct), long_one));
  const NotNow within =
      RefusalOf(PodWith("", fmt::format(fmt::runtime(volume), projected), long_one));

  EXPECT_EQ(
      refusal.notice.message,
      "spec.volumes[0].downwardAPI.items: 10000 files, the cloud takes at most 90 in a volume");
  EXPECT_EQ(within.notice.reason, "CloudLimitExceeded");
  EXPECT_THAT(within.notice.message, HasSubstr("spec.volumes[0].projected.sources[0]"));
}

// Ten thousand times a megabyte, of one object.
TEST_F(VolumesTest, VeryManyFilesOfOneLargeKeyAreRefusedWithoutBeingCopied) {
  AddMap("big", 1'000'000);
  std::string items;
  for (int i = 0; i < 10'000; ++i) items += fmt::format(R"(items {{ key: "big" path: "{}" }})", i);

  const NotNow refusal =
      RefusalOf(PodWithVolume(fmt::format(
                    R"(configMap {{ localObjectReference {{ name: "big" }} {} }})", items)),
                cluster_.Inputs());

  EXPECT_THAT(refusal.notice.message, HasSubstr("spec.volumes[0] (volume v): 10000 files"));
}

TEST_F(VolumesTest, MissingItemWaitsForItsObject) {
  AddMap("a", 1);

  const NotNow refusal = RefusalOf(PodWithVolume(R"(configMap { localObjectReference { name: "a" }
                                             items { key: "none" path: "x" } })"),
                                   cluster_.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_THAT(refusal.missing,
              ElementsAre(ObjectReference{ObjectReference::Kind::kConfigMap, "a", false}));
}

TEST_F(VolumesTest, MissingOptionalItemIsLeftOut) {
  AddMap("a", 1);

  const GroupPlan plan =
      PlanOf(PodWithVolume(R"(configMap { localObjectReference { name: "a" } optional: true
                                   items { key: "none" path: "x" } items { key: "a" path: "y" } })"),
             cluster_.Inputs());

  const auto& files = plan.request.volume(0).config_file_volume().config_file_to_path();
  ASSERT_EQ(files.size(), 1);
  EXPECT_EQ(files[0].path(), "y");
}

TEST_F(VolumesTest, MissingOptionalObjectIsAnEmptyDirectory) {
  const GroupPlan plan = PlanOf(PodWithVolume(R"(secret { secretName: "none" optional: true })"));

  EXPECT_EQ(plan.request.volume(0).type(), "EmptyDirVolume");
}

TEST_F(VolumesTest, NfsIsMountedByTheCloud) {
  const GroupPlan plan =
      PlanOf(PodWithVolume(R"(nfs { server: "nas.example" path: "/text" readOnly: true })"));

  const eci::v1::Volume& volume = plan.request.volume(0);
  EXPECT_EQ(volume.type(), "NFSVolume");
  EXPECT_EQ(volume.nfs_volume().server(), "nas.example");
  EXPECT_EQ(volume.nfs_volume().path(), "/text");
  EXPECT_TRUE(volume.nfs_volume().read_only());
}

TEST_F(VolumesTest, FlexVolumeKeepsItsOptionsInOrder) {
  const GroupPlan plan = PlanOf(PodWithVolume(R"(
      flexVolume { driver: "alicloud/oss" fsType: "ossfs"
                   options { key: "url" value: "oss.example" }
                   options { key: "bucket" value: "a \"b\"" } })"));

  const eci::v1::Volume& volume = plan.request.volume(0);
  EXPECT_EQ(volume.type(), "FlexVolume");
  EXPECT_EQ(volume.flex_volume().driver(), "alicloud/oss");
  EXPECT_EQ(volume.flex_volume().fs_type(), "ossfs");
  EXPECT_EQ(volume.flex_volume().options(), R"({"bucket":"a \"b\"","url":"oss.example"})");
}

TEST_F(VolumesTest, MissingTokenWaits) {
  const NotNow refusal = RefusalOf(
      PodWithVolume(R"(projected { sources { serviceAccountToken { path: "token" } } })"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_EQ(refusal.notice.reason, "FailedMount");
  EXPECT_THAT(refusal.notice.message, HasSubstr("ServiceAccount default"));
}

TEST_F(VolumesTest, LaterSourceWinsAPath) {
  cluster_.AddConfigMap(R"(metadata { name: "a" } data { key: "f" value: "first" })");
  cluster_.AddConfigMap(R"(metadata { name: "b" } data { key: "f" value: "last" })");

  const GroupPlan plan = PlanOf(
      PodWithVolume(R"(projected { sources { configMap { localObjectReference { name: "a" } } }
                                   sources { configMap { localObjectReference { name: "b" } } } })"),
      cluster_.Inputs());

  const auto& files = plan.request.volume(0).config_file_volume().config_file_to_path();
  ASSERT_EQ(files.size(), 1);
  EXPECT_EQ(files[0].content(), "bGFzdA==");
}

class GroupAccessTest : public VolumesTest {
 protected:
  // The plan for a pod whose container mounts the Secret "keys", with the fields of a pod's
  // securityContext and its annotations.
  GroupPlan Plan(const std::string& security, const std::string& metadata = "") {
    cluster_.AddSecret(R"(metadata { name: "keys" } data { key: "a" value: "1" }
                          data { key: "b" value: "2" })");
    return PlanOf(PodWith(R"(volumeMounts { name: "v" mountPath: "/v" })",
                          fmt::format(R"(volumes {{ name: "v" volumeSource {{ secret {{
                              secretName: "keys" defaultMode: 256
                              items {{ key: "a" path: "a" }} items {{ key: "b" path: "b" mode: 384 }}
                              }} }} }} securityContext {{ {} }})",
                                      security),
                          metadata),
                  cluster_.Inputs());
  }

  static std::pair<int, int> Modes(const GroupPlan& plan) {
    const auto& files = plan.request.volume(0).config_file_volume();
    return {files.default_mode(), files.config_file_to_path(1).mode()};
  }
};

TEST_F(GroupAccessTest, WithoutFsGroupModesStay) {
  EXPECT_EQ(Modes(Plan("runAsUser: 1000")), std::pair(400, 600));
}

TEST_F(GroupAccessTest, RootReadsWithTheGroupsModes) {
  const GroupPlan plan = Plan("fsGroup: 5 runAsUser: 0");

  EXPECT_EQ(Modes(plan), std::pair(440, 640));
  EXPECT_TRUE(plan.notices.empty());
}

TEST_F(GroupAccessTest, MemberOfRootsGroupReadsWithTheGroupsModes) {
  EXPECT_EQ(Modes(Plan("fsGroup: 5 runAsUser: 1000 runAsGroup: 0")), std::pair(440, 640));
}

TEST_F(GroupAccessTest, OtherUsersReadByTheOthersBitsAndAreTold) {
  const GroupPlan plan = Plan("fsGroup: 5 runAsUser: 1000");

  EXPECT_EQ(Modes(plan), std::pair(444, 644));
  ASSERT_EQ(plan.notices.size(), 1u);
  EXPECT_EQ(plan.notices[0].reason, "PodFieldNotEnforced");
  EXPECT_THAT(plan.notices[0].message, HasSubstr("(volume v)=0444,0644"));
}

TEST_F(GroupAccessTest, UserOfTheImageMayBeAnother) {
  EXPECT_EQ(Modes(Plan("fsGroup: 5")), std::pair(444, 644));
}

TEST_F(GroupAccessTest, AnnotationLeavesTheModesToTheGroup) {
  const GroupPlan plan =
      Plan("fsGroup: 5 runAsUser: 1000",
           R"(annotations { key: "k8s.aliyun.com/fs-group-modes" value: "exact" })");

  EXPECT_EQ(Modes(plan), std::pair(440, 640));
}

class TokenModeTest : public VolumesTest {
 protected:
  // The mode of the token of a volume that asks for 0400, with the fields of the pod's
  // securityContext; 400 where it is the volume's.
  int Mode(const std::string& security, const std::string& container = "",
           const std::string& metadata = "") {
    const core::Pod pod =
        PodWith(R"(volumeMounts { name: "v" mountPath: "/v" } )" + container,
                fmt::format(R"(volumes {{ name: "v" volumeSource {{ projected {{ defaultMode: 256
                         sources {{ serviceAccountToken {{ path: "token" }} }} }} }} }}
                       securityContext {{ {} }})",
                            security),
                metadata);
    cluster_.GrantTokens(pod);
    plan_ = PlanOf(pod, cluster_.Inputs());
    const auto& files = plan_.request.volume(0).config_file_volume();
    const auto& token = files.config_file_to_path(0);
    return token.has_mode() ? token.mode() : files.default_mode();
  }

  GroupPlan plan_;
};

TEST_F(TokenModeTest, WithoutUserAndGroupItIsTheVolumes) { EXPECT_EQ(Mode(""), 400); }

TEST_F(TokenModeTest, OneUserOfAllContainersReadsIt) {
  EXPECT_EQ(Mode("runAsUser: 0"), 600);
  EXPECT_EQ(Mode("runAsUser: 1000"), 644);
  EXPECT_EQ(Mode("runAsUser: 1000 runAsGroup: 0"), 640);
}

TEST_F(TokenModeTest, SeveralUsersGetTheVolumesMode) {
  EXPECT_EQ(Mode(R"(runAsUser: 1000 } initContainers { name: "i" image: "i:1"
                    securityContext { runAsUser: 0 })"),
            400);
}

TEST_F(TokenModeTest, GroupOfThePodReadsIt) {
  EXPECT_EQ(Mode("fsGroup: 5 runAsUser: 0"), 640);
  EXPECT_EQ(Mode("fsGroup: 5"), 644);
  EXPECT_EQ(Mode("fsGroup: 5 runAsUser: 1000"), 644);
}

TEST_F(TokenModeTest, ExactModesKeepItReadable) {
  EXPECT_EQ(Mode("fsGroup: 5 runAsUser: 1000", "",
                 R"(annotations { key: "k8s.aliyun.com/fs-group-modes" value: "exact" })"),
            644);
}

TEST_F(VolumesTest, ModeOutOfRangeIsRefusedByItsPath) {
  AddMap("a", 1);

  for (const char* mode : {"-1", "512", "2147483647"}) {
    const NotNow refusal = RefusalOf(
        PodWithVolume(fmt::format(
            R"(configMap {{ localObjectReference {{ name: "a" }} defaultMode: {} }})", mode)),
        cluster_.Inputs());
    EXPECT_EQ(refusal.kind, NotNow::Kind::kInvalid);
    EXPECT_THAT(refusal.notice.message, HasSubstr("spec.volumes[0]: the mode"));
  }
}

TEST_F(VolumesTest, FoldersOfTheMachineAreEmptyDirs) {
  const GroupPlan plan = PlanOf(PodWith(
      R"(volumeMounts { name: "zone" mountPath: "/etc/localtime" }
         volumeMounts { name: "shm" mountPath: "/dev/shm" }
         volumeMounts { name: "logs" mountPath: "/logs" })",
      R"(volumes { name: "zone" volumeSource { hostPath { path: "/etc/localtime" } } }
         volumes { name: "shm" volumeSource { hostPath { path: "/dev/shm" } } }
         volumes { name: "logs" volumeSource { hostPath { path: "/var/log/app" } } })"));

  ASSERT_EQ(plan.request.volume_size(), 2);
  EXPECT_EQ(plan.request.volume(0).empty_dir_volume().medium(), "Memory");
  EXPECT_EQ(plan.request.volume(1).type(), "EmptyDirVolume");
  ASSERT_EQ(plan.request.container(0).volume_mount_size(), 2);
  EXPECT_EQ(plan.request.container(0).volume_mount(0).name(), "shm");
}

}  // namespace
}  // namespace vk::translate
