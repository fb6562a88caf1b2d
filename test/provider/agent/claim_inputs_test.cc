// Claims of pods: fetched with what they lead to, and waited for.

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/persistent_volume.pb.h"
#include "proto/kubernetes/core/v1/volume_claim.pb.h"
#include "provider/agent/input_source.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/agent/pods.h"
#include "test/provider/kube/kube_fixture.h"

namespace vk::agent {
namespace {

namespace core = k8s::io::api::core::v1;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

using Kind = translate::ObjectReference::Kind;

template <class T>
T FromText(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class ClaimInputsTest : public kube::KubeTest {
 protected:
  ClaimInputsTest() {
    inputs_.EndServices(true);
    inputs_.set_on_arrival([this](const std::string& uid) { arrived_.push_back(uid); });
    Create(kube::kNamespaces, FromText<core::Namespace>(R"(metadata { name: "storage" })"), "");
  }
  // Watches end before what they report to.
  ~ClaimInputsTest() override {
    tasks_.Cancel();
    clock_.Advance(std::chrono::nanoseconds(0));
  }

  void Create(const kube::Resource& resource, const google::protobuf::Message& object,
              const std::string& ns) {
    ASSERT_TRUE(Await(api_.Create(resource, {.ns = ns, .name = "", .subresource = ""},
                                  kube::ToBytes(object), clock_.Now() + std::chrono::seconds(5))));
  }
  // Bound to "pv", or to nothing.
  void CreateClaim(bool bound) {
    auto claim =
        FromText<core::PersistentVolumeClaim>(R"(metadata { name: "data" namespace: "default" })");
    Create(kube::kPersistentVolumeClaims, claim, "default");
    if (bound) Bind();
  }
  void Bind() {
    const auto bytes = Await(api_.Get(kube::kPersistentVolumeClaims,
                                      {.ns = "default", .name = "data", .subresource = ""},
                                      clock_.Now() + std::chrono::seconds(5)));
    core::PersistentVolumeClaim claim;
    ASSERT_TRUE(claim.ParseFromString(bytes.value()));
    uid_ = claim.metadata().uid();
    claim.mutable_spec()->set_volumename("pv");
    ASSERT_TRUE(Update(claim, ""));
    claim.mutable_status()->set_phase("Bound");
    claim.mutable_metadata()->clear_resourceversion();
    ASSERT_TRUE(Update(claim, "status"));
  }
  base::Result<std::string> Update(core::PersistentVolumeClaim claim,
                                   const std::string& subresource) {
    claim.mutable_metadata()->clear_resourceversion();
    return Await(api_.Update(kube::kPersistentVolumeClaims,
                             {.ns = "default", .name = "data", .subresource = subresource},
                             kube::ToBytes(claim), clock_.Now() + std::chrono::seconds(5)));
  }
  void CreateVolume(const std::string& claim_uid) {
    auto volume = FromText<core::PersistentVolume>(
        R"(metadata { name: "pv" } spec {
             persistentVolumeSource { csi { driver: "ossplugin.csi.alibabacloud.com"
               nodePublishSecretRef { name: "keys" namespace: "storage" } } } })");
    volume.mutable_spec()->mutable_claimref()->set_uid(claim_uid);
    Create(kube::kPersistentVolumes, volume, "");
  }
  void CreateSecret() {
    Create(kube::kSecrets,
           FromText<core::Secret>(R"(metadata { name: "keys" namespace: "storage" })"), "storage");
  }

  FetchedInputs Fetch() {
    translate::PodReferences references;
    references.claims = {"data"};
    return Await(inputs_.Fetch(*MakePodSnapshot(PodBytes({})), references, clock_.Now())).value();
  }

  std::vector<std::string> arrived_;
  std::string uid_;
  InputSource inputs_{api_, clock_, log_, tasks_, io_.get_executor()};
};

TEST_F(ClaimInputsTest, BoundClaimComesWithItsVolumeAndTheVolumesSecret) {
  CreateClaim(true);
  CreateVolume(uid_);
  CreateSecret();

  const FetchedInputs fetched = Fetch();

  EXPECT_TRUE(fetched.claims_ready);
  EXPECT_EQ(fetched.inputs.claims.at("data")->spec().volumename(), "pv");
  EXPECT_EQ(fetched.inputs.volumes.at("pv")->metadata().name(), "pv");
  EXPECT_TRUE(fetched.inputs.volume_secrets.contains({"storage", "keys"}));
}

// Listing or watching the Secrets of a namespace would show all of them.
TEST_F(ClaimInputsTest, SecretOfAVolumeIsReadByItsNameAlone) {
  CreateClaim(true);
  CreateVolume(uid_);
  CreateSecret();
  faults_.calls.clear();

  Fetch();

  EXPECT_THAT(faults_.calls,
              ElementsAre("get persistentvolumeclaims", "get persistentvolumes", "get secrets"));
}

TEST_F(ClaimInputsTest, SecretOfAnotherClaimsVolumeIsNotRead) {
  CreateClaim(true);
  CreateVolume("somebody else");
  CreateSecret();
  faults_.calls.clear();

  const FetchedInputs fetched = Fetch();

  EXPECT_FALSE(fetched.claims_ready);
  EXPECT_THAT(fetched.inputs.volume_secrets, IsEmpty());
  EXPECT_THAT(faults_.calls, Not(Contains("get secrets")));
}

TEST_F(ClaimInputsTest, UnboundClaimIsNotReady) {
  CreateClaim(false);

  const FetchedInputs fetched = Fetch();

  EXPECT_FALSE(fetched.claims_ready);
  EXPECT_TRUE(fetched.inputs.claims.contains("data"));
}

TEST_F(ClaimInputsTest, PodIsToldWhenItsClaimIsBound) {
  CreateClaim(false);
  const auto pod = *MakePodSnapshot(PodBytes({}));
  inputs_.WaitFor(*pod, {{Kind::kClaim, "data"}});
  clock_.Advance(std::chrono::seconds(1));
  arrived_.clear();

  Bind();
  clock_.Advance(std::chrono::seconds(1));

  EXPECT_THAT(arrived_, Contains(pod->uid));
  inputs_.StopWaiting(pod->uid);
}

TEST_F(ClaimInputsTest, PodIsToldWhenTheVolumeOfItsClaimArrives) {
  const auto pod = *MakePodSnapshot(PodBytes({}));
  inputs_.WaitFor(*pod, {{Kind::kVolume, "pv"}});
  clock_.Advance(std::chrono::seconds(1));

  CreateVolume("u");
  clock_.Advance(std::chrono::seconds(1));

  EXPECT_THAT(arrived_, ElementsAre(pod->uid));
  inputs_.StopWaiting(pod->uid);
}

TEST_F(ClaimInputsTest, PodIsToldWithoutAWatchWhereThatIsForbidden) {
  const auto pod = *MakePodSnapshot(PodBytes({}));
  CreateVolume("u");
  faults_.refused_verb = "watch";
  inputs_.WaitFor(*pod, {{Kind::kVolume, "pv"}});

  clock_.Advance(std::chrono::seconds(1));

  EXPECT_THAT(arrived_, ElementsAre(pod->uid));
  inputs_.StopWaiting(pod->uid);
}

}  // namespace
}  // namespace vk::agent
