#include "test/provider/kube/kube_contract.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "proto/kubernetes/coordination/v1/lease.pb.h"
#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/event.pb.h"
#include "proto/kubernetes/core/v1/node.pb.h"

namespace vk::kube {

namespace core = k8s::io::api::core::v1;
using base::ErrorCode;
using k8s::io::api::coordination::v1::Lease;
using testing::ElementsAre;

void KubeContractTest::SetUp() {
  subject_ = GetParam()();
  if (!subject_) GTEST_SKIP() << "no server was given";
  core::Namespace home;
  home.mutable_metadata()->set_generatename("contract-");
  ns_ = Create(kNamespaces, home).value().metadata().name();
  core::ServiceAccount account;
  account.mutable_metadata()->set_name("default");
  const auto created = Create(kServiceAccounts, account);
  ASSERT_TRUE(created || created.error().code == ErrorCode::kAlreadyExists)
      << created.error().message;
}

core::Pod KubeContractTest::NewPod(const std::string& name) const {
  core::Pod pod;
  pod.mutable_metadata()->set_name(name);
  pod.mutable_spec()->set_nodename(Unique("node"));
  pod.mutable_spec()->set_schedulername("nobody");
  pod.mutable_spec()->set_automountserviceaccounttoken(false);
  core::Container& container = *pod.mutable_spec()->add_containers();
  container.set_name("main");
  container.set_image("busybox:1.36");
  return pod;
}

std::vector<KubeContractTest::Seen> KubeContractTest::Read(WatchStream& stream, std::size_t count) {
  std::vector<Seen> seen;
  while (seen.size() < count) {
    const auto events = Await(stream.Next(Soon()));
    if (!events || events->empty()) {
      ADD_FAILURE() << "the watch gave " << seen.size()
                    << " events: " << (events ? "ended" : events.error().message);
      seen.resize(count);
      return seen;
    }
    for (const WatchEvent& event : *events) {
      if (event.type == WatchEventType::kBookmark) continue;
      seen.push_back({event.type, {}});
      EXPECT_TRUE(FromBytes(event.object, &seen.back().pod));
    }
  }
  return seen;
}

std::unique_ptr<WatchStream> KubeContractTest::WatchFrom(const std::string& version,
                                                         std::string fields) {
  WatchOptions options;
  options.field_selector = std::move(fields);
  options.resource_version = version;
  return Await(api().Watch(kPods, ns_, options, Soon())).value();
}

std::string KubeContractTest::PresentVersion() {
  return Await(api().List(kPods, ns_, {}, Soon())).value().resource_version;
}

namespace {

TEST_P(KubeContractTest, KubeSystemExistsAndHasAUid) {
  const auto found = Await(api().Get(kNamespaces, ObjectKey{"", "kube-system", ""}, Soon()));

  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(IdentityOf(*found)->uid.empty());
}

TEST_P(KubeContractTest, CreateThenIdentityAndTimeAreTheServers) {
  core::Pod pod = NewPod("one");
  pod.mutable_metadata()->set_generation(7);

  const core::Pod created = Create(kPods, pod).value();

  EXPECT_EQ(created.metadata().uid().size(), 36U);
  EXPECT_FALSE(created.metadata().resourceversion().empty());
  EXPECT_GT(created.metadata().creationtimestamp().seconds(), 0);
  EXPECT_EQ(created.metadata().generation(), 1);
  EXPECT_EQ(Get<core::Pod>(kPods, "one")->metadata().uid(), created.metadata().uid());
}

TEST_P(KubeContractTest, CreateOfPodThenDefaultsAndPendingWhateverItsStatus) {
  core::Pod pod = NewPod("one");
  pod.mutable_status()->set_phase("Running");

  const core::Pod created = Create(kPods, pod).value();

  EXPECT_EQ(created.status().phase(), "Pending");
  EXPECT_EQ(created.status().qosclass(), "BestEffort");
  EXPECT_EQ(created.spec().restartpolicy(), "Always");
  EXPECT_EQ(created.spec().terminationgraceperiodseconds(), 30);
  EXPECT_EQ(created.spec().dnspolicy(), "ClusterFirst");
  EXPECT_EQ(created.spec().serviceaccountname(), "default");
  EXPECT_TRUE(created.spec().enableservicelinks());
  EXPECT_EQ(created.spec().containers(0).imagepullpolicy(), "IfNotPresent");
  EXPECT_EQ(created.spec().containers(0).terminationmessagepath(), "/dev/termination-log");
}

TEST_P(KubeContractTest, CreateOfLimitsAloneThenRequestsFollowAndTheClassIsGuaranteed) {
  core::Pod pod = NewPod("one");
  auto& limits = *pod.mutable_spec()->mutable_containers(0)->mutable_resources()->mutable_limits();
  limits["cpu"].set_string("1");
  limits["memory"].set_string("1Gi");

  const core::Pod created = Create(kPods, pod).value();

  EXPECT_EQ(created.spec().containers(0).resources().requests().at("memory").string(), "1Gi");
  EXPECT_EQ(created.status().qosclass(), "Guaranteed");
}

TEST_P(KubeContractTest, CreateOfTheSameNameThenAlreadyExists) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));

  const auto again = Create(kPods, NewPod("one"));

  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(again.error().cloud_code, "AlreadyExists");
}

TEST_P(KubeContractTest, CreateWithoutNameThenInvalid) {
  const auto created = Create(kPods, NewPod(""));

  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(created.error().cloud_code, "Invalid metadata.name");
}

TEST_P(KubeContractTest, CreateInMissingNamespaceThenNotFound) {
  const auto created = Await(
      api().Create(kPods, ObjectKey{Unique("nowhere"), "", ""}, ToBytes(NewPod("one")), Soon()));

  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::kNotFound);
}

TEST_P(KubeContractTest, CreateOfSecretThenTextBecomesData) {
  core::Secret secret;
  secret.mutable_metadata()->set_name("key");
  (*secret.mutable_stringdata())["user"] = "me";

  const core::Secret created = Create(kSecrets, secret).value();

  EXPECT_EQ(created.data().at("user"), "me");
  EXPECT_EQ(created.type(), "Opaque");
}

TEST_P(KubeContractTest, CreateOfEventAwayFromItsObjectThenInvalid) {
  core::Event event;
  event.mutable_metadata()->set_name("odd");
  event.mutable_involvedobject()->set_kind("Pod");
  event.mutable_involvedobject()->set_namespace_("elsewhere");

  const auto created = Create(kEvents, event);

  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().cloud_code, "Invalid involvedObject.namespace");
}

TEST_P(KubeContractTest, GetOfMissingThenNotFound) {
  const auto found = Get<core::Pod>(kPods, "nobody");

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(found.error().cloud_code, "NotFound");
}

// Leases, as the node and the lock use them.

Lease NewLease() {
  Lease lease;
  lease.mutable_metadata()->set_name("lock");
  lease.mutable_spec()->set_holderidentity("first");
  lease.mutable_spec()->set_leasedurationseconds(15);
  return lease;
}

TEST_P(KubeContractTest, UpdateFromLatestVersionThenNewVersion) {
  Lease lease = Create(kLeases, NewLease()).value();
  lease.mutable_spec()->set_holderidentity("second");

  const auto updated = Update(kLeases, lease);

  ASSERT_TRUE(updated) << updated.error().message;
  EXPECT_EQ(updated->spec().holderidentity(), "second");
  EXPECT_NE(updated->metadata().resourceversion(), lease.metadata().resourceversion());
  EXPECT_EQ(updated->metadata().uid(), lease.metadata().uid());
}

TEST_P(KubeContractTest, UpdateFromOldVersionThenConflict) {
  Lease lease = Create(kLeases, NewLease()).value();
  lease.mutable_spec()->set_holderidentity("second");
  ASSERT_TRUE(Update(kLeases, lease));
  lease.mutable_spec()->set_holderidentity("third");

  const auto updated = Update(kLeases, lease);

  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().code, ErrorCode::kConflict);
  EXPECT_EQ(updated.error().cloud_code, "Conflict");
}

TEST_P(KubeContractTest, UpdateOfLeaseWithoutVersionThenInvalid) {
  ASSERT_TRUE(Create(kLeases, NewLease()));

  const auto updated = Update(kLeases, NewLease());

  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().cloud_code, "Invalid metadata.resourceVersion");
}

TEST_P(KubeContractTest, UpdateOfDeletedLeaseThenConflictForItsUid) {
  const Lease lease = Create(kLeases, NewLease()).value();
  ASSERT_TRUE(Delete(kLeases, "lock"));

  const auto updated = Update(kLeases, lease);

  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().code, ErrorCode::kConflict);
}

TEST_P(KubeContractTest, UpdateOfMissingLeaseWithoutUidThenCreated) {
  const auto updated = Update(kLeases, NewLease());

  ASSERT_TRUE(updated) << updated.error().message;
  EXPECT_EQ(Get<Lease>(kLeases, "lock")->metadata().uid(), updated->metadata().uid());
}

TEST_P(KubeContractTest, UpdateOfMissingPodThenNotFound) {
  const auto updated = Update(kPods, NewPod("one"));

  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().code, ErrorCode::kNotFound);
}

TEST_P(KubeContractTest, UpdateThatChangesNothingThenSameVersion) {
  const Lease lease = Create(kLeases, NewLease()).value();

  const auto updated = Update(kLeases, lease);

  ASSERT_TRUE(updated) << updated.error().message;
  EXPECT_EQ(updated->metadata().resourceversion(), lease.metadata().resourceversion());
}

// Patches.

TEST_P(KubeContractTest, PatchOfStatusThenSpecStaysAndLabelsRide) {
  const core::Pod created = Create(kPods, NewPod("one")).value();

  const auto patched = PatchStatus(
      "one", R"({"metadata":{"labels":{"l":"1"},"annotations":{"a":"2"}},)"
             R"("spec":{"terminationGracePeriodSeconds":1},"status":{"phase":"Running"}})");

  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(patched->status().phase(), "Running");
  EXPECT_EQ(patched->status().qosclass(), "BestEffort");
  EXPECT_EQ(patched->spec().terminationgraceperiodseconds(), 30);
  EXPECT_EQ(patched->metadata().labels().at("l"), "1");
  EXPECT_EQ(patched->metadata().annotations().at("a"), "2");
  EXPECT_EQ(patched->metadata().generation(), 1);
  EXPECT_NE(patched->metadata().resourceversion(), created.metadata().resourceversion());
}

TEST_P(KubeContractTest, PatchOfPodItselfThenStatusStays) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));

  const auto patched = Patch<core::Pod>(
      kPods, Key("one"), R"({"metadata":{"labels":{"l":"1"}},"status":{"phase":"Running"}})");

  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(patched->metadata().labels().at("l"), "1");
  EXPECT_EQ(patched->status().phase(), "Pending");
}

TEST_P(KubeContractTest, PatchOfImageThenGenerationRises) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));

  const auto patched = Patch<core::Pod>(
      kPods, Key("one"), R"({"spec":{"containers":[{"name":"main","image":"busybox:1.37"}]}})");

  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(patched->spec().containers(0).image(), "busybox:1.37");
  EXPECT_EQ(patched->metadata().generation(), 2);
}

TEST_P(KubeContractTest, PatchOfFixedSpecFieldThenInvalid) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));

  const auto patched = Patch<core::Pod>(kPods, Key("one"), R"({"spec":{"dnsPolicy":"Default"}})");

  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error().cloud_code, "Invalid spec");
}

TEST_P(KubeContractTest, PatchWithAnotherUidThenInvalidWithThatField) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));

  const auto patched = PatchStatus(
      "one",
      R"({"metadata":{"uid":"11111111-1111-4111-8111-111111111111"},"status":{"phase":"Failed"}})");

  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(patched.error().cloud_code, "Invalid metadata.uid");
  EXPECT_TRUE(MayBeGone(patched.error()));
  EXPECT_EQ(Get<core::Pod>(kPods, "one")->status().phase(), "Pending");
}

TEST_P(KubeContractTest, PatchWithOwnUidThenTaken) {
  const core::Pod created = Create(kPods, NewPod("one")).value();

  const auto patched = PatchStatus("one", R"({"metadata":{"uid":")" + created.metadata().uid() +
                                              R"("},"status":{"phase":"Running"}})");

  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(patched->status().phase(), "Running");
}

TEST_P(KubeContractTest, PatchWithOldVersionThenConflict) {
  const core::Pod created = Create(kPods, NewPod("one")).value();
  ASSERT_TRUE(PatchStatus("one", R"({"status":{"phase":"Running"}})"));

  const auto patched = PatchStatus("one", R"({"metadata":{"resourceVersion":")" +
                                              created.metadata().resourceversion() +
                                              R"("},"status":{"message":"late"}})");

  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error().code, ErrorCode::kConflict);
}

TEST_P(KubeContractTest, PatchOfMissingThenNotFound) {
  const auto patched = PatchStatus("nobody", R"({"status":{"phase":"Running"}})");

  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(MayBeGone(patched.error()));
}

TEST_P(KubeContractTest, PatchThatChangesNothingThenSameVersion) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  const auto first = PatchStatus("one", R"({"status":{"phase":"Running"}})");

  const auto second = PatchStatus("one", R"({"status":{"phase":"Running"}})");

  EXPECT_EQ(first->metadata().resourceversion(), second->metadata().resourceversion());
}

TEST_P(KubeContractTest, PatchOfConditionsThenMergedByType) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  ASSERT_TRUE(PatchStatus("one", R"({"status":{"conditions":[{"type":"Ready","status":"False"},)"
                                 R"({"type":"Initialized","status":"True"}]}})"));

  const auto patched =
      PatchStatus("one", R"({"status":{"conditions":[{"type":"Ready","status":"True"}]}})");

  ASSERT_TRUE(patched) << patched.error().message;
  std::vector<std::string> conditions;
  for (const core::PodCondition& condition : patched->status().conditions())
    conditions.push_back(condition.type() + "=" + condition.status());
  std::ranges::sort(conditions);
  EXPECT_THAT(conditions, ElementsAre("Initialized=True", "Ready=True"));
}

TEST_P(KubeContractTest, PatchWithoutObservedGenerationThenItIsKept) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  ASSERT_TRUE(PatchStatus("one", R"({"status":{"observedGeneration":1}})"));

  const auto patched = PatchStatus("one", R"({"status":{"observedGeneration":null}})");

  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(patched->status().observedgeneration(), 1);
}

std::string PodIpPatch(const std::string& ip) {
  return R"({"status":{"podIP":")" + ip + R"(","podIPs":[{"ip":")" + ip + R"("}]}})";
}

TEST_P(KubeContractTest, PatchToAnotherAddressWithoutDirectiveThenInvalid) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  ASSERT_TRUE(PatchStatus("one", PodIpPatch("10.0.0.1")));

  const auto patched = PatchStatus("one", PodIpPatch("10.0.0.2"));

  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error().cloud_code, "Invalid status.podIPs");
}

TEST_P(KubeContractTest, PatchToAnotherAddressWithDirectiveThenReplaced) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  ASSERT_TRUE(PatchStatus("one", PodIpPatch("10.0.0.1")));

  const auto patched = PatchStatus(
      "one",
      R"({"status":{"podIP":"10.0.0.2","podIPs":[{"$patch":"replace"},{"ip":"10.0.0.2"}]}})");

  ASSERT_TRUE(patched) << patched.error().message;
  ASSERT_EQ(patched->status().podips_size(), 1);
  EXPECT_EQ(patched->status().podips(0).ip(), "10.0.0.2");
}

TEST_P(KubeContractTest, PatchOfOneAddressFieldThenPodIpCounts) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));

  const auto alone = PatchStatus("one", R"({"status":{"podIP":"10.0.0.1"}})");
  const auto other = PatchStatus("one", R"({"status":{"podIPs":[{"ip":"10.0.0.2"}]}})");

  ASSERT_TRUE(alone && other);
  EXPECT_EQ(alone->status().podips(0).ip(), "10.0.0.1");
  ASSERT_EQ(other->status().podips_size(), 1);
  EXPECT_EQ(other->status().podips(0).ip(), "10.0.0.1");
}

TEST_P(KubeContractTest, PatchOfHostAddressesThatDifferThenInvalid) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));

  const auto patched =
      PatchStatus("one", R"({"status":{"hostIP":"10.0.0.1","hostIPs":[{"ip":"10.0.0.2"}]}})");

  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error().cloud_code, "Invalid status.hostIPs[0].ip");
}

std::string Terminated(int exit_code) {
  return R"({"status":{"containerStatuses":[{"name":"main","image":"i","imageID":"","ready":false,)"
         R"("restartCount":0,"state":{"terminated":{"exitCode":)" +
         std::to_string(exit_code) + "}}}]}}";
}

constexpr const char* kRunning =
    R"({"status":{"containerStatuses":[{"name":"main","image":"i","imageID":"","ready":true,)"
    R"("restartCount":1,"state":{"running":{}}}]}})";

TEST_P(KubeContractTest, PatchBackFromTerminatedWithoutRestartThenInvalid) {
  core::Pod pod = NewPod("one");
  pod.mutable_spec()->set_restartpolicy("Never");
  ASSERT_TRUE(Create(kPods, pod));
  ASSERT_TRUE(PatchStatus("one", Terminated(1)));

  const auto patched = PatchStatus("one", kRunning);

  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error().cloud_code, "Invalid status.containerStatuses[0].state");
  EXPECT_FALSE(MayBeGone(patched.error()));
}

TEST_P(KubeContractTest, PatchBackFromFailureWithRestartOnFailureThenTaken) {
  core::Pod pod = NewPod("one");
  pod.mutable_spec()->set_restartpolicy("OnFailure");
  ASSERT_TRUE(Create(kPods, pod));
  ASSERT_TRUE(PatchStatus("one", Terminated(1)));

  EXPECT_TRUE(PatchStatus("one", kRunning));

  ASSERT_TRUE(PatchStatus("one", Terminated(0)));
  EXPECT_FALSE(PatchStatus("one", kRunning));
}

}  // namespace
}  // namespace vk::kube
