// The rules of docs/ownership.md as scripted stories, each with the whole agent: what must never
// happen to a pod or a group whatever fails in between. The simulation draws such stories; these
// are told.

#include <gmock/gmock.h>

#include "proto/eci/v1/container_group.pb.h"
#include "provider/kube/object_bytes.h"
#include "provider/translate/identity.h"
#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Not;
using testing::StartsWith;

constexpr char kGroupAnnotation[] = "k8s.aliyun.com/eci-instance-id";

class OwnershipTest : public AgentWorld {
 protected:
  OwnershipTest() { cloud_.behaviours().deleted_shown = 0s; }

  // Another process may start then.
  void Stop() {
    AgentWorld::Stop();
    MakeAgent({.lifted = true});
  }

  std::string PhaseOf(const std::string& pod) const { return Pod(pod).status().phase(); }
  std::string ReasonOf(const std::string& pod) const { return Pod(pod).status().reason(); }
  bool Exists(const std::string& pod) const { return !Pod(pod).metadata().uid().empty(); }
  std::string GroupOf(const std::string& pod) const {
    const auto found = Pod(pod).metadata().annotations();
    const auto id = found.find(kGroupAnnotation);
    return id == found.end() ? std::string() : id->second;
  }
  const fake::GroupRecord& Group(const std::string& id) const {
    return *std::ranges::find(cloud_.groups(), id, &fake::GroupRecord::id);
  }
  std::uint64_t Calls(const std::string& action) const {
    std::uint64_t calls = 0;
    for (const auto& [call, count] : cloud_.call_counts()) {
      if (call.first == action) calls += count;
    }
    return calls;
  }

  void DeletePod(const std::string& name) {
    ASSERT_TRUE(
        server_.Delete(kube::kPods, {.ns = "default", .name = name, .subresource = {}}, {}));
  }
  // As an operator does in the cloud's console.
  void DeleteGroup(const std::string& id) {
    eci::v1::DeleteContainerGroupRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_container_group_id(id);
    request.set_force(true);
    eci::v1::DeleteContainerGroupResponse reply;
    ASSERT_TRUE(cloud_.Call("console", "DeleteContainerGroup", request, &reply).status);
    clock_.Advance(1s);
  }
  std::string MakeGroup(const std::vector<eci::v1::Tag>& tags) {
    eci::v1::CreateContainerGroupRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_container_group_name("somebodys");
    request.set_v_switch_id("vsw-1");
    request.set_security_group_id("sg-1");
    auto& container = *request.add_container();
    container.set_name("main");
    container.set_image("example/other:1");
    for (const eci::v1::Tag& tag : tags) *request.add_tag() = tag;
    eci::v1::CreateContainerGroupResponse reply;
    EXPECT_TRUE(cloud_.Call("console", "CreateContainerGroup", request, &reply).status);
    return reply.container_group_id();
  }
  translate::GroupIdentity Identity(const std::string& pod, const std::string& uid) const {
    const auto read =
        server_.Get(kube::kNamespaces, {.ns = {}, .name = "kube-system", .subresource = {}});
    return {.cluster_id = "c1",
            .kube_system_uid = kube::IdentityOf(*read)->uid,
            .node_name = kNode,
            .ns = "default",
            .pod_name = pod,
            .pod_uid = uid};
  }
  // Listings show nothing, as for a user without the permission.
  // The pod's creation has its effect; its answer is lost, and the repetitions are refused.
  void CreateWithoutAnswer(const std::string& pod) {
    cloud_.faults().Add({.action = "CreateContainerGroup",
                         .caller = {},
                         .kind = fake::FaultKind::kLostReply,
                         .count = 1});
    CreatePod(pod);
    clock_.Advance(2ms);
    CloudRefuses("CreateContainerGroup", "OperationDenied.NoStock");
  }
  void Blind() {
    cloud_.faults().Add({.action = "", .caller = {}, .kind = fake::FaultKind::kEmptyListing});
  }
};

TEST_F(OwnershipTest, CreationWithoutAnAnswerMakesNoSecondGroupWhenListingsGoBlindMeanwhile) {
  Start();
  CreatePod("keeper");
  clock_.Advance(10s);
  CreateWithoutAnswer("web");
  clock_.Advance(3s);
  ASSERT_EQ(cloud_.groups().size(), 2u);
  cloud_.behaviours().listing_lag = 60s;  // Until it has stopped.
  Stop();
  cloud_.faults().Clear();
  Start();
  clock_.Advance(25s);

  Blind();
  cloud_.behaviours().listing_lag = 0s;
  clock_.Advance(1min);
  cloud_.faults().Clear();
  clock_.Advance(3min);

  EXPECT_EQ(cloud_.groups().size(), 2u);
  EXPECT_EQ(PhaseOf("web"), "Running");
}

TEST_F(OwnershipTest, RefusalOfARepetitionSettlesNoCreationOfTheProcessBefore) {
  Start();
  CreateWithoutAnswer("web");
  clock_.Advance(100ms);
  ASSERT_EQ(cloud_.groups().size(), 1u);
  Blind();
  Stop();
  Start();
  clock_.Advance(40s);

  cloud_.faults().Clear();
  Blind();
  clock_.Advance(5min);
  cloud_.faults().Clear();
  clock_.Advance(2min);

  EXPECT_EQ(cloud_.groups().size(), 1u);
  EXPECT_EQ(PhaseOf("web"), "Running");
}

TEST_F(OwnershipTest, OldAnswerToACreationThatNamesAGoneGroupFailsNoPod) {
  cloud_.behaviours().no_stock_is_asynchronous = true;
  cloud_.stock().Set({}, 0);
  Start();
  CreatePod("web");
  clock_.Advance(900ms);
  ASSERT_EQ(cloud_.groups().size(), 1u);
  CloudRefuses("CreateContainerGroup", "OperationDenied.NoStock");
  clock_.Advance(20s);
  ASSERT_EQ(LivingGroups(), 0);
  Stop();
  cloud_.stock().Clear();
  cloud_.faults().Clear();
  Start();
  clock_.Advance(40s);
  CreatePod("other");

  clock_.Advance(5min);

  EXPECT_EQ(PhaseOf("web"), "Running") << ReasonOf("web");
}

TEST_F(OwnershipTest, PodWhoseStateWasTurnedBackIsReportedAgain) {
  Start();
  cloud_.SetLatency({.start = fake::Distribution({{0, 4s}, {1, 4s}})});
  CreatePod("web");
  clock_.Advance(2s);
  const auto backup = server_.TakeSnapshot();
  ASSERT_EQ(PhaseOf("web"), "Pending");
  clock_.Advance(10s);
  ASSERT_EQ(PhaseOf("web"), "Running");

  // All versions go on beyond those that were given, as etcdutl can make them; the Lease had not
  // been written since.
  auto restored = backup;
  restored.revision = server_.revision() + 1000;
  server_.Restore(std::move(restored));
  clock_.Advance(2min);

  EXPECT_EQ(PhaseOf("web"), "Running");
  EXPECT_EQ(cloud_.groups().size(), 1u);
}

TEST_F(OwnershipTest, DeletedPodWhoseGroupIsGoneEndsThoughNoListingShowsAnythingAnyMore) {
  Start();
  CreatePod("web");
  CreatePod("other");
  clock_.Advance(10s);
  Stop();
  DeleteGroup(GroupOf("web"));
  DeletePod("web");
  Start();
  clock_.Advance(5s);
  DeletePod("other");

  clock_.Advance(3min);

  EXPECT_FALSE(Exists("web"));
  EXPECT_FALSE(Exists("other"));
}

TEST_F(OwnershipTest, PodIsLostOnlyWhenItsIdDoesNotShowItEither) {
  Start();
  CreatePod("web");
  CreatePod("other");
  clock_.Advance(10s);
  cloud_.behaviours().hidden[GroupOf("web")] = fake::Hidden::kInListings;
  clock_.Advance(5min);
  EXPECT_EQ(PhaseOf("web"), "Running");

  DeleteGroup(GroupOf("web"));
  clock_.Advance(3min);

  EXPECT_EQ(PhaseOf("web"), "Failed");
  EXPECT_EQ(ReasonOf("web"), "ContainerGroupLost");
  EXPECT_EQ(PhaseOf("other"), "Running");
}

TEST_F(OwnershipTest, TheOnlyGroupOfANodeIsFoundGoneWithoutAListing) {
  Start();
  CreatePod("web");
  clock_.Advance(40s);

  DeleteGroup(GroupOf("web"));
  clock_.Advance(3min);

  EXPECT_EQ(ReasonOf("web"), "ContainerGroupLost");
  EXPECT_EQ(Condition("CloudListing"), "True ListingShowsGroups");
}

TEST_F(OwnershipTest, WithoutThePermissionToListNothingSettlesAndOneListingAMinuteIsAskedFor) {
  Start();
  CreatePod("web");
  clock_.Advance(40s);
  Blind();
  CloudRefuses("DescribeContainerLog", "Forbidden.RAM");
  clock_.Advance(1min);
  const std::uint64_t listings = Calls("DescribeContainerGroupStatus");
  clock_.Advance(20min);

  EXPECT_LE(Calls("DescribeContainerGroupStatus") - listings, 21u);
  EXPECT_EQ(PhaseOf("web"), "Running");
  EXPECT_EQ(Condition("CloudListing"), "False ListingIsEmpty");

  CreatePod("young");
  clock_.Advance(1s);
  EXPECT_EQ(cloud_.groups().size(), 2u);  // New pods still run.
  DeletePod("web");
  clock_.Advance(2min);
  EXPECT_FALSE(Exists("web"));  // By the id in its status, which is deleted without a listing.

  cloud_.faults().Clear();
  clock_.Advance(10min);

  EXPECT_EQ(PhaseOf("young"), "Running");
  EXPECT_EQ(Condition("CloudListing"), "True ListingShowsGroups");
}

TEST_F(OwnershipTest, GroupThatAPodNamesByHandIsNeverDeleted) {
  const std::string foreign = MakeGroup({});
  CreatePod("web", kGroupAnnotation, foreign);
  Start();
  clock_.Advance(10s);

  DeletePod("web");
  clock_.Advance(10min);

  EXPECT_FALSE(Exists("web"));
  EXPECT_TRUE(Group(foreign).deletes.empty());
  EXPECT_FALSE(Group(foreign).Ended());
}

TEST_F(OwnershipTest, NameWrittenByHandKeepsNoPodFromRunning) {
  const std::string foreign = MakeGroup({});
  CreatePod("web", kGroupAnnotation, foreign);
  Start();

  clock_.Advance(5min);

  EXPECT_EQ(PhaseOf("web"), "Running");
  EXPECT_FALSE(Group(foreign).Ended());
}

TEST_F(OwnershipTest, FinishedPodThatWasLeftOverDoesNotBlindTheNode) {
  Start();
  CreatePod("old");
  CreatePod("other");
  clock_.Advance(10s);
  DeleteGroup(GroupOf("old"));
  clock_.Advance(3min);
  ASSERT_EQ(ReasonOf("old"), "ContainerGroupLost");
  DeletePod("other");
  clock_.Advance(10s);
  Stop();
  CreatePod("web");

  Start();
  clock_.Advance(57s);

  EXPECT_EQ(PhaseOf("web"), "Running");
  EXPECT_EQ(Condition("CloudListing"), "True ListingShowsGroups");
}

TEST_F(OwnershipTest, LostGroupThatShowsAgainBesideAFailedPodIsDeleted) {
  Start();
  CreatePod("web");
  CreatePod("other");
  clock_.Advance(10s);
  const std::string lost = GroupOf("web");
  cloud_.behaviours().hidden[lost] = fake::Hidden::kEverywhere;
  clock_.Advance(3min);
  ASSERT_EQ(ReasonOf("web"), "ContainerGroupLost");

  cloud_.behaviours().hidden.clear();
  clock_.Advance(5min);

  EXPECT_TRUE(Group(lost).Ended());
  EXPECT_EQ(PhaseOf("other"), "Running");
}

TEST_F(OwnershipTest, ListingThatLagsBehindACreationIsNoBlindness) {
  cloud_.behaviours().listing_lag = 5s;
  Start();
  for (int i = 0; i < 12; ++i) {
    CreatePod("web-" + std::to_string(i));
    clock_.Advance(4700ms);
    DeletePod("web-" + std::to_string(i));
    clock_.Advance(6500ms);
  }

  EXPECT_THAT(Events(kNode), Not(Contains(StartsWith("CloudListingFailed"))));
}

TEST_F(OwnershipTest, GroupThatLacksOneOfOurTagsIsNotSwept) {
  Start();
  const translate::GroupIdentity whole = Identity("web", "uid-of-nobody");
  std::vector<std::string> partial;
  for (std::size_t without = 0; without < 6; ++without) {
    std::vector<eci::v1::Tag> tags = translate::IdentityTags(whole);
    tags.erase(tags.begin() + static_cast<std::ptrdiff_t>(without));
    partial.push_back(MakeGroup(tags));
  }
  const std::string orphan = MakeGroup(translate::IdentityTags(whole));

  clock_.Advance(10min);

  for (const std::string& id : partial) EXPECT_FALSE(Group(id).Ended());
  EXPECT_TRUE(Group(orphan).Ended());
}

TEST_F(OwnershipTest, RestartWithManyPodsWithoutAGroupSearchesForNoneOfThemAlone) {
  constexpr int kPods = 60;
  for (int i = 0; i < kPods; ++i) CreatePod("web-" + std::to_string(i));

  Start();
  clock_.Advance(2min);

  EXPECT_EQ(LivingGroups(), kPods);
  EXPECT_LE(Calls("DescribeContainerGroups"), 2u);
}

TEST_F(OwnershipTest, DetailsOfManyStartingGroupsDoNotHoldUpThePolls) {
  constexpr int kPods = 200;
  Start();
  for (int i = 0; i < kPods; ++i) {
    k8s::io::api::core::v1::Pod pod;
    pod.mutable_metadata()->set_name("init-" + std::to_string(i));
    pod.mutable_metadata()->set_namespace_("default");
    pod.mutable_spec()->set_nodename(kNode);
    pod.mutable_spec()->set_dnspolicy("Default");
    pod.mutable_spec()->set_restartpolicy("Always");
    for (auto* const container :
         {pod.mutable_spec()->add_initcontainers(), pod.mutable_spec()->add_containers()}) {
      container->set_name(container == &pod.spec().containers(0) ? "main" : "init");
      container->set_image("example/job:1");
    }
    auto& run = *pod.mutable_spec()->mutable_initcontainers(0)->add_env();
    run.set_name("FAKE_ECI_RUN_SECONDS");
    run.set_value("3600");
    ASSERT_TRUE(server_.Create(kube::kPods,
                               {.ns = "default", .name = pod.metadata().name(), .subresource = {}},
                               kube::ToBytes(pod)));
  }
  clock_.Advance(10s);
  const std::uint64_t before = Calls("DescribeContainerGroupStatus");
  const std::uint64_t details = Calls("DescribeContainerGroups");

  clock_.Advance(10s);

  EXPECT_GE(Calls("DescribeContainerGroupStatus") - before, 20u);
  EXPECT_GE(Calls("DescribeContainerGroups") - details, 10u);
  EXPECT_LE(Calls("DescribeContainerGroups") - details, 40u);
}

}  // namespace
}  // namespace vk::agent
