#include "tools/fake_eci/engine/group/adoption.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test/tools/fake_eci/engine/cloud_fixture.h"
#include "tools/fake_eci/engine/group/group.h"
#include "tools/fake_eci/engine/group/group_host.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;

// Keeps the snapshot of whatever it is told to prepare; nothing ever starts.
class KeepingHost final : public GroupHost {
 public:
  void Prepare(const Group& group) override { snapshot = SnapshotOf(group); }
  void Start(const Group&, std::size_t container) override {
    started = static_cast<int>(container);
  }
  void Stop(const Group&, std::size_t, std::chrono::nanoseconds) override {}
  void Release(const Group&) override {}
  void Forget(const Group&) override {}
  std::vector<LogLine> ReadLog(const Group&, std::size_t, int) const override { return {}; }
  std::vector<UsageSample> ReadUsage(const Group&, base::WallTime, base::WallTime) const override {
    return {};
  }

  std::string snapshot;
  int started = -1;
};

// A cloud that made a group of an init container and an app, and the one that starts after it.
class AdoptionTest : public CloudTest {
 protected:
  AdoptionTest() {
    cloud_.set_host(&host_);
    later_.set_host(&host_);
    auto request = Request();
    request.set_v_switch_id("vsw-b");
    auto* tag = request.add_tag();
    tag->set_key("owner");
    tag->set_value("someone");
    auto* init = request.add_init_container();
    init->set_name("first");
    init->set_image("registry.example/init:1");
    auto* second = request.add_container();
    second->set_name("second");
    second->set_image("registry.example/second:1");
    CreateId(Request("other"));
    id_ = CreateId(request);
    Advance(0s);
    clock_.Advance(60s);
  }

  base::Result<Group*> AdoptIt(const std::vector<FoundContainer>& containers) {
    return later_.AdoptGroup(host_.snapshot, containers);
  }

  static std::string AddressIn(Cloud& cloud, const std::string& id) {
    eci::v1::DescribeContainerGroupsRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_container_group_ids("[\"" + id + "\"]");
    eci::v1::DescribeContainerGroupsResponse reply;
    EXPECT_TRUE(cloud.Call("test-key", "DescribeContainerGroups", request, &reply).status);
    return reply.container_groups(0).intranet_ip();
  }

  KeepingHost host_;
  Cloud later_{{}, clock_, base::Random(8)};
  std::string id_;
};

TEST_F(AdoptionTest, GroupIsWhatItWas) {
  const eci::v1::ContainerGroup before = Describe(id_);

  const auto group = AdoptIt({{.container = 1, .restart_count = 2}});

  ASSERT_TRUE(group);
  EXPECT_EQ((*group)->id, id_);
  EXPECT_EQ((*group)->address, Describe(id_).intranet_ip());
  EXPECT_EQ((*group)->tags.at("owner"), "someone");
  EXPECT_EQ((*group)->vswitch_id, "vsw-b");
  EXPECT_EQ((*group)->status, "Running");
  EXPECT_EQ(before.v_switch_id(), "vsw-b");
  EXPECT_EQ((*group)->containers[1].restart_count, 2);
  EXPECT_TRUE((*group)->containers[0].ended());
}

TEST_F(AdoptionTest, AddressIsNotGivenTwice) {
  const std::string address = (*AdoptIt({{.container = 1}}))->address;
  auto request = Request("new");
  request.set_v_switch_id("vsw-b");
  eci::v1::CreateContainerGroupResponse reply;
  ASSERT_TRUE(later_.Call("test-key", "CreateContainerGroup", request, &reply).status);

  EXPECT_NE(AddressIn(later_, reply.container_group_id()), address);
}

TEST_F(AdoptionTest, GroupWhoseInitContainerRunsIsPending) {
  EXPECT_EQ((*AdoptIt({{.container = 0}}))->status, "Pending");
}

TEST_F(AdoptionTest, GroupWithoutContainersStartsWhenItsHostHasPreparedIt) {
  const Group* group = *AdoptIt({});
  EXPECT_EQ(group->status, "Pending");

  later_.Report(
      {.kind = HostReport::Kind::kPrepared, .group = group->number, .epoch = group->epoch});

  EXPECT_EQ(host_.started, 0);
}

TEST_F(AdoptionTest, ContainersThatWereNotStartedYetAreStarted) {
  const Group* group = *AdoptIt({{.container = 1}});

  later_.Report(
      {.kind = HostReport::Kind::kPrepared, .group = group->number, .epoch = group->epoch});

  EXPECT_EQ(group->status, "Running");
  EXPECT_EQ(host_.started, 2);
}

TEST_F(AdoptionTest, NothingStartsBesideAnInitContainerThatRuns) {
  const Group* group = *AdoptIt({{.container = 0}});

  later_.Report(
      {.kind = HostReport::Kind::kPrepared, .group = group->number, .epoch = group->epoch});

  EXPECT_EQ(host_.started, -1);
}

TEST_F(AdoptionTest, EndMeanwhileIsHeardAfterwards) {
  Group* group = *AdoptIt({{.container = 1}});

  later_.Report({.kind = HostReport::Kind::kExited,
                 .group = group->number,
                 .container = 1,
                 .epoch = group->containers[1].epoch,
                 .exit_code = 5});

  EXPECT_EQ(group->containers[1].previous->exit_code, 5);
}

TEST_F(AdoptionTest, GarbageAndAKnownGroupAreRefused) {
  EXPECT_FALSE(later_.AdoptGroup("\xff garbage", {}));
  ASSERT_TRUE(AdoptIt({{.container = 1}}));
  const auto again = AdoptIt({{.container = 1}});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::ErrorCode::kAlreadyExists);
}

TEST_F(AdoptionTest, ContainersAreNamedByTheirPlace) {
  EXPECT_EQ(ContainerNames(host_.snapshot), (std::vector<std::string>{"first", "main", "second"}));
  EXPECT_TRUE(ContainerNames("\xff garbage").empty());
}

}  // namespace
}  // namespace vk::fake
