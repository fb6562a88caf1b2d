#include <string>
#include <utility>
#include <vector>

#include "proto/kubernetes/authentication/v1/authentication.pb.h"
#include "proto/kubernetes/core/v1/node.pb.h"
#include "test/provider/kube/kube_contract.h"

namespace vk::kube {
namespace {

namespace core = k8s::io::api::core::v1;
namespace authentication = k8s::io::api::authentication::v1;
using base::ErrorCode;

DeleteOptions Grace(std::int64_t seconds) {
  DeleteOptions options;
  options.grace_period_seconds = seconds;
  return options;
}

// Deletion.

TEST_P(KubeContractTest, DeleteOfBoundPodThenMarkedWithItsGrace) {
  const core::Pod created = Create(kPods, NewPod("one")).value();

  ASSERT_TRUE(Delete(kPods, "one"));

  const core::Pod marked = Get<core::Pod>(kPods, "one").value();
  EXPECT_EQ(marked.metadata().deletiongraceperiodseconds(), 30);
  EXPECT_GE(marked.metadata().deletiontimestamp().seconds(),
            created.metadata().creationtimestamp().seconds() + 30);
  EXPECT_EQ(marked.metadata().generation(), 2);
}

TEST_P(KubeContractTest, DeleteAgainThenGraceOnlyGetsShorter) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  ASSERT_TRUE(Delete(kPods, "one"));
  const core::Pod first = Get<core::Pod>(kPods, "one").value();

  ASSERT_TRUE(Delete(kPods, "one", Grace(5)));
  const core::Pod second = Get<core::Pod>(kPods, "one").value();
  ASSERT_TRUE(Delete(kPods, "one", Grace(20)));
  ASSERT_TRUE(Delete(kPods, "one"));
  const core::Pod last = Get<core::Pod>(kPods, "one").value();

  EXPECT_EQ(second.metadata().deletiongraceperiodseconds(), 5);
  EXPECT_EQ(second.metadata().deletiontimestamp().seconds(),
            first.metadata().deletiontimestamp().seconds() - 25);
  EXPECT_EQ(second.metadata().generation(), 2);
  EXPECT_EQ(last.metadata().resourceversion(), second.metadata().resourceversion());
}

TEST_P(KubeContractTest, DeleteWithGraceZeroThenGone) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  ASSERT_TRUE(Delete(kPods, "one"));

  ASSERT_TRUE(Delete(kPods, "one", Grace(0)));

  EXPECT_FALSE(Get<core::Pod>(kPods, "one"));
}

TEST_P(KubeContractTest, DeleteWithNegativeGraceThenOneSecond) {
  core::Pod pod = NewPod("own");
  pod.mutable_spec()->set_terminationgraceperiodseconds(-5);
  ASSERT_TRUE(Create(kPods, pod));
  ASSERT_TRUE(Create(kPods, NewPod("asked")));

  ASSERT_TRUE(Delete(kPods, "own"));
  ASSERT_TRUE(Delete(kPods, "asked", Grace(-5)));

  EXPECT_EQ(Get<core::Pod>(kPods, "own")->metadata().deletiongraceperiodseconds(), 1);
  EXPECT_EQ(Get<core::Pod>(kPods, "asked")->metadata().deletiongraceperiodseconds(), 1);
}

TEST_P(KubeContractTest, DeleteOfUnboundPodThenGone) {
  core::Pod pod = NewPod("one");
  pod.mutable_spec()->clear_nodename();
  ASSERT_TRUE(Create(kPods, pod));

  ASSERT_TRUE(Delete(kPods, "one"));

  EXPECT_FALSE(Get<core::Pod>(kPods, "one"));
}

TEST_P(KubeContractTest, DeleteOfEndedPodThenGone) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  ASSERT_TRUE(PatchStatus("one", R"({"status":{"phase":"Succeeded"}})"));

  ASSERT_TRUE(Delete(kPods, "one"));

  EXPECT_FALSE(Get<core::Pod>(kPods, "one"));
}

TEST_P(KubeContractTest, DeleteOfAnotherUidThenConflictAndItStays) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  DeleteOptions options = Grace(0);
  options.uid = "11111111-1111-4111-8111-111111111111";

  const base::Status deleted = Delete(kPods, "one", options);

  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(Get<core::Pod>(kPods, "one"));
}

TEST_P(KubeContractTest, DeleteOfOwnUidThenGone) {
  DeleteOptions options = Grace(0);
  options.uid = Create(kPods, NewPod("one"))->metadata().uid();

  EXPECT_TRUE(Delete(kPods, "one", options));
  EXPECT_FALSE(Get<core::Pod>(kPods, "one"));
}

TEST_P(KubeContractTest, DeleteOfMissingThenNotFound) {
  const base::Status deleted = Delete(kPods, "nobody");

  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, ErrorCode::kNotFound);
}

TEST_P(KubeContractTest, DeleteWithFinalizerThenItStaysUntilThatIsGone) {
  core::Pod pod = NewPod("one");
  pod.mutable_metadata()->add_finalizers("example.org/wait");
  ASSERT_TRUE(Create(kPods, pod));

  ASSERT_TRUE(Delete(kPods, "one", Grace(0)));
  const auto waiting = Get<core::Pod>(kPods, "one");
  const auto freed = Patch<core::Pod>(kPods, Key("one"), R"({"metadata":{"finalizers":null}})");

  ASSERT_TRUE(waiting);
  EXPECT_TRUE(waiting->metadata().has_deletiontimestamp());
  EXPECT_EQ(waiting->metadata().deletiongraceperiodseconds(), 0);
  EXPECT_TRUE(freed) << freed.error().message;
  EXPECT_FALSE(Get<core::Pod>(kPods, "one"));
}

// Nodes.

TEST_P(KubeContractTest, CreateOfNodeThenStatusIsKeptAndItIsTainted) {
  core::Node node;
  node.mutable_metadata()->set_name(Unique("vk"));
  core::NodeCondition& ready = *node.mutable_status()->add_conditions();
  ready.set_type("Ready");
  ready.set_status("True");

  const core::Node created = Create(kNodes, node).value();
  const auto again = Create(kNodes, node);

  EXPECT_EQ(created.status().conditions(0).status(), "True");
  ASSERT_EQ(created.spec().taints_size(), 1);
  EXPECT_EQ(created.spec().taints(0).key(), "node.kubernetes.io/not-ready");
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_TRUE(Delete(kNodes, Unique("vk")));
  EXPECT_EQ(Get<core::Node>(kNodes, Unique("vk")).error().code, ErrorCode::kNotFound);
}

TEST_P(KubeContractTest, PatchOfNodeStatusThenSpecStays) {
  core::Node node;
  node.mutable_metadata()->set_name(Unique("vk"));
  ASSERT_TRUE(Create(kNodes, node));

  const auto patched = Patch<core::Node>(
      kNodes, Key(Unique("vk"), "status"),
      R"({"spec":{"unschedulable":true},"status":{"nodeInfo":{"kubeletVersion":"v1.36.1"}}})");

  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_FALSE(patched->spec().unschedulable());
  EXPECT_EQ(patched->status().nodeinfo().kubeletversion(), "v1.36.1");
  EXPECT_TRUE(Delete(kNodes, Unique("vk")));
}

TEST_P(KubeContractTest, PatchOfProviderIdThenOnlyOnce) {
  core::Node node;
  node.mutable_metadata()->set_name(Unique("vk"));
  ASSERT_TRUE(Create(kNodes, node));

  EXPECT_TRUE(Patch<core::Node>(kNodes, Key(Unique("vk")), R"({"spec":{"providerID":"a://1"}})"));
  EXPECT_FALSE(Patch<core::Node>(kNodes, Key(Unique("vk")), R"({"spec":{"providerID":"a://2"}})"));
  EXPECT_TRUE(Delete(kNodes, Unique("vk")));
}

// Tokens.

authentication::TokenRequest NewTokenRequest(const std::string& pod, const std::string& uid) {
  authentication::TokenRequest request;
  request.mutable_spec()->set_expirationseconds(3607);
  auto& bound = *request.mutable_spec()->mutable_boundobjectref();
  bound.set_apiversion("v1");
  bound.set_kind("Pod");
  bound.set_name(pod);
  bound.set_uid(uid);
  return request;
}

TEST_P(KubeContractTest, TokenForPodThenItHasOneThatExpires) {
  const core::Pod pod = Create(kPods, NewPod("one")).value();

  const auto bytes =
      Await(api().Create(kServiceAccounts, Key("default", "token"),
                         ToBytes(NewTokenRequest("one", pod.metadata().uid())), Soon()));

  ASSERT_TRUE(bytes) << bytes.error().message;
  authentication::TokenRequest issued;
  ASSERT_TRUE(FromBytes(*bytes, &issued));
  EXPECT_FALSE(issued.status().token().empty());
  EXPECT_GE(issued.status().expirationtimestamp().seconds(),
            pod.metadata().creationtimestamp().seconds() + 3607);
}

TEST_P(KubeContractTest, TokenForAnotherUidMissingPodOrTooShortThenRefused) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  const auto ask = [this](const authentication::TokenRequest& request) {
    return Await(api().Create(kServiceAccounts, Key("default", "token"), ToBytes(request), Soon()))
        .error();
  };
  auto brief = NewTokenRequest("one", "");
  brief.mutable_spec()->set_expirationseconds(60);

  EXPECT_EQ(ask(NewTokenRequest("one", "11111111-1111-4111-8111-111111111111")).code,
            ErrorCode::kConflict);
  // What is missing is not what the call was about.
  const base::Error missing = ask(NewTokenRequest("nobody", ""));
  EXPECT_EQ(missing.code, ErrorCode::kUnavailable);
  EXPECT_EQ(missing.cloud_code, "NotFound");
  EXPECT_EQ(ask(brief).cloud_code, "Invalid spec.expirationSeconds");
}

}  // namespace
}  // namespace vk::kube
