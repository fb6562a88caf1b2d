#include "provider/translate/storage_plan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string InZone(const std::string& zone) {
  return zone.empty() ? ""
                      : fmt::format(R"(nodeAffinity {{ required {{ nodeSelectorTerms {{
      matchExpressions {{ key: "topology.diskplugin.csi.alibabacloud.com/zone" operator: "In"
                          values: "{}" }} }} }} }})",
                                    zone);
}

class StoragePlanTest : public testing::Test {
 protected:
  void AddDisk(const std::string& claim, const std::string& more = "") {
    cluster_.AddBoundClaim(claim, fmt::format(R"(persistentVolumeSource {{ csi {{
        driver: "diskplugin.csi.alibabacloud.com" volumeHandle: "d-{}" }} }} {})",
                                              claim, more));
  }
  void AddNas(const std::string& claim) {
    cluster_.AddBoundClaim(claim, R"(persistentVolumeSource { csi {
        driver: "nasplugin.csi.alibabacloud.com"
        volumeAttributes { key: "server" value: "a" } } })");
  }

  // One volume for each claim, all of them mounted.
  static core::Pod PodWithClaims(const std::vector<std::string>& claims,
                                 const std::string& container = "", const std::string& spec = "") {
    std::string mounts = container;
    std::string volumes = spec;
    for (const std::string& claim : claims) {
      mounts += fmt::format(R"( volumeMounts {{ name: "{0}" mountPath: "/{0}" }})", claim);
      volumes += fmt::format(R"( volumes {{ name: "{0}" volumeSource {{
          persistentVolumeClaim {{ claimName: "{0}" }} }} }})",
                             claim);
    }
    return PodWith(mounts, volumes);
  }

  GroupPlan Plan(const core::Pod& pod) { return PlanOf(pod, cluster_.Inputs(), node_); }
  NotNow Refusal(const core::Pod& pod) { return RefusalOf(pod, cluster_.Inputs(), node_); }

  TestCluster cluster_;
  NodeFacts node_ = TestNode();
};

TEST_F(StoragePlanTest, DiskBringsItsZoneAndTheVSwitchesThere) {
  AddDisk("data", InZone("cn-hangzhou-i"));
  node_.v_switch_zones = {{"vsw-a", "cn-hangzhou-h"}, {"vsw-b", "cn-hangzhou-i"}};

  const GroupPlan plan = Plan(PodWithClaims({"data"}));

  EXPECT_EQ(plan.request.zone_id(), "cn-hangzhou-i");
  EXPECT_EQ(plan.request.v_switch_id(), "vsw-b");
}

TEST_F(StoragePlanTest, VSwitchWhoseZoneNobodyToldIsLeftToTheCloud) {
  AddDisk("data", InZone("cn-hangzhou-i"));
  node_.v_switch_zones = {{"vsw-a", "cn-hangzhou-h"}};

  const GroupPlan plan = Plan(PodWithClaims({"data"}));

  EXPECT_EQ(plan.request.zone_id(), "cn-hangzhou-i");
  EXPECT_EQ(plan.request.v_switch_id(), "vsw-b");
}

TEST_F(StoragePlanTest, DiskWhereNoVSwitchIsHoldsThePodWithBothZones) {
  AddDisk("data", InZone("cn-hangzhou-k"));
  node_.v_switch_zones = {{"vsw-a", "cn-hangzhou-h"}, {"vsw-b", "cn-hangzhou-i"}};

  const NotNow refusal = Refusal(PodWithClaims({"data"}));

  EXPECT_THAT(refusal.notice.message, HasSubstr("are in zone cn-hangzhou-k"));
  EXPECT_THAT(refusal.notice.message, HasSubstr("vsw-a in cn-hangzhou-h, vsw-b in cn-hangzhou-i"));
}

TEST_F(StoragePlanTest, DisksOfTwoZonesAreRefused) {
  AddDisk("one", InZone("z-1"));
  AddDisk("two", InZone("z-2"));

  EXPECT_THAT(Refusal(PodWithClaims({"one", "two"})).notice.message,
              HasSubstr("the volume is in zone z-2, others of the pod are in z-1"));
}

TEST_F(StoragePlanTest, VolumeOfSeveralZonesChoosesNone) {
  AddDisk("data", R"(nodeAffinity { required {
      nodeSelectorTerms { matchExpressions {
        key: "topology.kubernetes.io/zone" operator: "In" values: "z-1" values: "z-2" } } } })");

  EXPECT_FALSE(Plan(PodWithClaims({"data"})).request.has_zone_id());
}

TEST_F(StoragePlanTest, TermWithoutAZoneAllowsEveryZone) {
  AddDisk("data", R"(nodeAffinity { required {
      nodeSelectorTerms { matchExpressions {
        key: "topology.kubernetes.io/zone" operator: "In" values: "z-1" } }
      nodeSelectorTerms { matchExpressions { key: "rack" operator: "In" values: "r" } } } })");

  EXPECT_FALSE(Plan(PodWithClaims({"data"})).request.has_zone_id());
}

TEST_F(StoragePlanTest, ReadOnlyClaimIsReadOnlyInEveryMount) {
  AddDisk("data", R"(accessModes: "ReadOnlyMany")");
  AddNas("other");

  const GroupPlan plan = Plan(PodWithClaims({"data", "other"}));

  EXPECT_TRUE(plan.request.container(0).volume_mount(0).read_only());
  EXPECT_FALSE(plan.request.container(0).volume_mount(1).read_only());
}

// What the disks' part of the plan makes of a pod with fsGroup.
class DisksForAGroupTest : public StoragePlanTest {
 protected:
  DisksForAGroupTest() { node_.volume_permissions_image = "busybox:1"; }

  static core::Pod PodOfGroup(const std::vector<std::string>& claims,
                              const std::string& container = "") {
    return PodWithClaims(claims, container, "securityContext { fsGroup: 2000 runAsUser: 1000 }");
  }
  Planned<void> Write(const core::Pod& pod) {
    std::vector<Notice> notices;
    return WriteStorageVolumes({pod, cluster_.Inputs(), node_, {}, notices, weakened_}, &request_);
  }

  eci::v1::CreateContainerGroupRequest request_;
  std::vector<FieldFinding> weakened_;
};

TEST_F(DisksForAGroupTest, NodeWithoutAnImageRefusesWithTheRemedy) {
  AddDisk("data");
  node_.volume_permissions_image.clear();

  const auto written = Write(PodOfGroup({"data"}));

  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, NotNow::Kind::kUnsupported);
  EXPECT_THAT(written.error().notice.message, HasSubstr("--volume-permissions-image"));
}

TEST_F(DisksForAGroupTest, NodeWithoutAnImageRefusesTheDiskThatThePodNamesItselfInTheSameWay) {
  const auto pod = PodWith(R"(volumeMounts { name: "own" mountPath: "/own" })",
                           R"(securityContext { fsGroup: 2000 }
      volumes { name: "own" volumeSource { flexVolume { driver: "alicloud/disk" } } })");

  const NotNow refusal = RefusalOf(pod);

  EXPECT_THAT(refusal.notice.message, HasSubstr("spec.securityContext.fsGroup"));
  EXPECT_THAT(refusal.notice.message, HasSubstr("--volume-permissions-image"));
}

TEST_F(DisksForAGroupTest, InitContainerOfRootComesFirst) {
  AddDisk("data");
  request_.add_init_container()->set_name("own");

  ASSERT_TRUE(Write(PodOfGroup({"data"})));

  ASSERT_EQ(request_.init_container_size(), 2);
  EXPECT_EQ(request_.init_container(1).name(), "own");
  const auto& first = request_.init_container(0);
  EXPECT_EQ(first.name(), kPermissionsContainer);
  EXPECT_EQ(first.image(), "busybox:1");
  EXPECT_TRUE(first.security_context().has_run_as_user());
  EXPECT_EQ(first.security_context().run_as_user(), 0);
  ASSERT_EQ(first.volume_mount_size(), 1);
  EXPECT_EQ(first.volume_mount(0).mount_path(), "/volumes/data");
  ASSERT_EQ(first.arg_size(), 6);
  EXPECT_EQ(first.arg(2), "2000");
  EXPECT_EQ(first.arg(5), "/volumes/data");
}

TEST_F(DisksForAGroupTest, GroupAloneIsEnoughWhereItIsTheContainersOwn) {
  AddDisk("data");

  ASSERT_TRUE(Write(PodOfGroup({"data"}, "securityContext { runAsGroup: 2000 }")));

  EXPECT_EQ(request_.init_container(0).arg(3), "g");
  EXPECT_THAT(weakened_, IsEmpty());
}

TEST_F(DisksForAGroupTest, OthersGetWhatTheGroupGetsWhereItIsNobodys) {
  AddDisk("data");

  ASSERT_TRUE(Write(PodOfGroup({"data"})));

  EXPECT_EQ(request_.init_container(0).arg(3), "go");
  ASSERT_EQ(weakened_.size(), 1);
  EXPECT_EQ(weakened_[0].path, "spec.securityContext.fsGroup");
  EXPECT_THAT(weakened_[0].why, HasSubstr("the files of volume data"));
}

TEST_F(DisksForAGroupTest, ReadOnlyDisksAndSharedStorageAreLeftAlone) {
  AddDisk("data", R"(accessModes: "ReadOnlyMany")");
  AddNas("shared");

  ASSERT_TRUE(Write(PodOfGroup({"data", "shared"})));

  EXPECT_EQ(request_.init_container_size(), 0);
}

TEST_F(DisksForAGroupTest, DiskThatThePodNamesItselfIsGivenAsWell) {
  const auto pod = PodWith("", R"(securityContext { fsGroup: 2000 }
      volumes { name: "own" volumeSource { flexVolume { driver: "alicloud/disk" } } })");

  ASSERT_TRUE(Write(pod));

  ASSERT_EQ(request_.init_container_size(), 1);
  EXPECT_EQ(request_.init_container(0).volume_mount(0).name(), "own");
}

}  // namespace
}  // namespace vk::translate
