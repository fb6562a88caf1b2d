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
            "volume v: file big has 32769 bytes, the cloud takes at most 32768");
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

  EXPECT_EQ(refusal.notice.message,
            "volume v: its 2 files have 62000 bytes, the cloud takes at most 61440");
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

}  // namespace
}  // namespace vk::translate
