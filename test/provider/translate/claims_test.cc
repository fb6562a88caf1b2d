#include "provider/translate/claims.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Kind = ObjectReference::Kind;

constexpr const char* kDiskVolume = R"(persistentVolumeSource {
    csi { driver: "diskplugin.csi.alibabacloud.com" volumeHandle: "d-1" } })";

core::Pod PodWithClaim(const std::string& more = "") {
  return PodWith(R"(volumeMounts { name: "v" mountPath: "/data" })",
                 fmt::format(R"(volumes {{ name: "v" volumeSource {{
                     persistentVolumeClaim {{ claimName: "data" }} }} }} {})",
                             more));
}

core::Pod PodWithEphemeral() {
  return PodWith("", R"(volumes { name: "scratch" volumeSource { ephemeral {} } })");
}

class ClaimsTest : public testing::Test {
 protected:
  TestCluster cluster_;
};

TEST_F(ClaimsTest, AbsentClaimIsWaitedFor) {
  const NotNow refusal = RefusalOf(PodWithClaim(), cluster_.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_EQ(refusal.notice.reason, "FailedMount");
  EXPECT_EQ(refusal.notice.message, R"(volume v: persistentvolumeclaim "data" not found)");
  EXPECT_THAT(refusal.missing, ElementsAre(ObjectReference{Kind::kClaim, "data"}));
}

TEST_F(ClaimsTest, UnboundClaimIsWaitedFor) {
  cluster_.AddClaim(R"(metadata { name: "data" } status { phase: "Pending" })");

  const NotNow refusal = RefusalOf(PodWithClaim(), cluster_.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_EQ(refusal.notice.message,
            R"(volume v: persistentvolumeclaim "data" is not bound to a PersistentVolume yet)");
  EXPECT_THAT(refusal.missing, ElementsAre(ObjectReference{Kind::kClaim, "data"}));
}

TEST_F(ClaimsTest, ClaimWhoseVolumeIsAbsentWaitsForTheVolume) {
  cluster_.AddClaim(R"(metadata { name: "data" uid: "u" } spec { volumeName: "pv" }
                       status { phase: "Bound" })");

  const NotNow refusal = RefusalOf(PodWithClaim(), cluster_.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_THAT(refusal.missing, ElementsAre(ObjectReference{Kind::kVolume, "pv"}));
}

// Somebody who may make claims must not reach the volume of another claim by naming it.
TEST_F(ClaimsTest, VolumeThatIsBoundToAnotherClaimIsNotMounted) {
  cluster_.AddClaim(R"(metadata { name: "data" uid: "mine" } spec { volumeName: "pv" }
                       status { phase: "Bound" })");
  cluster_.AddVolume(fmt::format(R"(metadata {{ name: "pv" }}
                                    spec {{ claimRef {{ uid: "theirs" }} {} }})",
                                 kDiskVolume));

  const NotNow refusal = RefusalOf(PodWithClaim(), cluster_.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_THAT(refusal.notice.message, HasSubstr("is bound to another claim"));
}

TEST_F(ClaimsTest, ClaimThatIsBeingDeletedIsNotMounted) {
  cluster_.AddClaim(R"(metadata { name: "data" uid: "u" deletionTimestamp { seconds: 1 } }
                       spec { volumeName: "pv" } status { phase: "Bound" })");

  EXPECT_THAT(RefusalOf(PodWithClaim(), cluster_.Inputs()).notice.message,
              HasSubstr("is being deleted"));
}

TEST_F(ClaimsTest, ClaimsAreNamedOnceAndInOrder) {
  const auto pod = PodWith("", R"(
      volumes { name: "b" volumeSource { persistentVolumeClaim { claimName: "two" } } }
      volumes { name: "a" volumeSource { persistentVolumeClaim { claimName: "one" } } }
      volumes { name: "c" volumeSource { persistentVolumeClaim { claimName: "two" } } }
      volumes { name: "d" volumeSource { ephemeral {} } })");

  EXPECT_THAT(FindReferences(pod).claims, ElementsAre("one", "p-d", "two"));
}

TEST_F(ClaimsTest, EphemeralVolumeTakesTheClaimThatWasMadeForThePod) {
  cluster_.AddBoundClaim("p-scratch", kDiskVolume);
  const auto pod = PodWithEphemeral();
  cluster_.AddClaim(R"(
      metadata { name: "p-scratch" uid: "uid-p-scratch"
        ownerReferences { uid: "abcdef01-0000-0000-0000-000000000000" controller: true } }
      spec { volumeName: "pv-p-scratch" } status { phase: "Bound" })");

  const GroupPlan plan = PlanOf(pod, cluster_.Inputs());

  EXPECT_EQ(plan.request.volume(0).name(), "scratch");
  EXPECT_EQ(plan.request.volume(0).flex_volume().options(), R"({"volumeId":"d-1"})");
}

TEST_F(ClaimsTest, EphemeralVolumeRefusesTheClaimOfAnother) {
  cluster_.AddBoundClaim("p-scratch", kDiskVolume);

  const NotNow refusal = RefusalOf(PodWithEphemeral(), cluster_.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_THAT(refusal.notice.message, HasSubstr("was not made for this pod"));
}

TEST_F(ClaimsTest, BlockVolumeIsRefusedByName) {
  cluster_.AddBoundClaim("data", std::string(kDiskVolume) + R"( volumeMode: "Block")");

  const NotNow refusal = RefusalOf(PodWithClaim(), cluster_.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kUnsupported);
  EXPECT_THAT(refusal.notice.message,
              HasSubstr(R"(spec.volumes[0].persistentVolumeClaim (volumeMode Block of )"
                        R"(PersistentVolume "pv-data"))"));
}

TEST_F(ClaimsTest, VolumeOfAKindThatTheCloudHasNotIsRefusedByName) {
  for (const std::string source :
       {"rbd {}", "local {}", "awsElasticBlockStore {}", "hostPath {}"}) {
    cluster_ = TestCluster();
    cluster_.AddBoundClaim("data", "persistentVolumeSource { " + source + " }");

    const NotNow refusal = RefusalOf(PodWithClaim(), cluster_.Inputs());

    EXPECT_EQ(refusal.kind, NotNow::Kind::kUnsupported) << source;
    EXPECT_THAT(refusal.notice.message,
                HasSubstr("driver " + source.substr(0, source.find(' ')) + " of "));
  }
}

TEST_F(ClaimsTest, SecretOfAVolumeIsWaitedForWithoutAWatch) {
  cluster_.AddBoundClaim("data", R"(persistentVolumeSource { csi {
      driver: "ossplugin.csi.alibabacloud.com"
      nodePublishSecretRef { name: "keys" namespace: "storage" } } })");

  const NotNow refusal = RefusalOf(PodWithClaim(), cluster_.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_EQ(
      refusal.notice.message,
      R"(volume v: secret "keys" of persistentvolume "pv-data" not found in namespace storage)");
  EXPECT_THAT(refusal.missing, IsEmpty());
}

TEST_F(ClaimsTest, SecretOfAForeignDriverIsNotAskedFor) {
  core::PersistentVolume volume;
  auto& csi = *volume.mutable_spec()->mutable_persistentvolumesource()->mutable_csi();
  csi.set_driver("ebs.csi.example.com");
  csi.mutable_nodepublishsecretref()->set_name("keys");

  EXPECT_EQ(VolumeSecretOf(volume), std::nullopt);
}

TEST_F(ClaimsTest, SecretWithoutANamespaceIsTheClaims) {
  core::PersistentVolume volume;
  volume.mutable_spec()->mutable_claimref()->set_namespace_("ns");
  auto& flex = *volume.mutable_spec()->mutable_persistentvolumesource()->mutable_flexvolume();
  flex.set_driver("alicloud/oss");
  flex.mutable_secretref()->set_name("keys");

  EXPECT_EQ(VolumeSecretOf(volume), (VolumeSecret{"ns", "keys"}));
}

TEST_F(ClaimsTest, SecretOfAnInlineVolumeIsOneOfThePods) {
  const auto pod = PodWith("", R"(volumes { name: "v" volumeSource { csi {
      driver: "ossplugin.csi.alibabacloud.com" nodePublishSecretRef { name: "keys" } } } })");

  EXPECT_THAT(FindReferences(pod).objects,
              ElementsAre(ObjectReference{Kind::kSecret, "keys", false}));
}

}  // namespace
}  // namespace vk::translate
