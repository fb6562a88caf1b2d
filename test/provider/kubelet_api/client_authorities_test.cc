#include "provider/kubelet_api/client_authorities.h"

#include <chrono>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/kubelet_api/node_fixture.h"

namespace vk::kubelet {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class ClientAuthoritiesTest : public NodeTest {
 protected:
  void Publish(const std::string& pem) {
    k8s::io::api::core::v1::ConfigMap map;
    (*map.mutable_data())["client-ca-file"] = pem;
    (*map.mutable_data())["requestheader-client-ca-file"] = "other";
    kube_.config_map = kube::ToBytes(map);
  }

  base::Status Take(const std::string& pem) {
    taken_.push_back(pem);
    if (pem == "garbage")
      return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument, "not PEM"));
    return {};
  }

  std::vector<std::string> taken_;
  ClientAuthorities authorities_{kube_, clock_, log_,
                                 [this](const std::string& pem) { return Take(pem); }};
};

TEST_F(ClientAuthoritiesTest, AuthoritiesAreTakenOnceAndAgainWhenTheyChange) {
  Publish("one");
  Spawn(authorities_.Run());
  EXPECT_THAT(taken_, ElementsAre("one"));

  clock_.Advance(200s);
  EXPECT_EQ(kube_.reads, 2);
  EXPECT_THAT(taken_, ElementsAre("one"));
  Publish("two");
  clock_.Advance(200s);
  EXPECT_THAT(taken_, ElementsAre("one", "two"));
}

TEST_F(ClientAuthoritiesTest, FailuresAreRetriedAndWhatWasReadStays) {
  kube_.failure = base::Error(base::ErrorCode::kUnavailable, "away");
  Spawn(authorities_.Run());
  clock_.Advance(10s);
  EXPECT_GE(kube_.reads, 3);
  EXPECT_THAT(taken_, IsEmpty());

  kube_.failure.reset();
  Publish("");
  clock_.Advance(60s);
  EXPECT_THAT(taken_, IsEmpty());
  Publish("one");
  clock_.Advance(61s);
  EXPECT_THAT(taken_, ElementsAre("one"));
}

TEST_F(ClientAuthoritiesTest, UnusableAuthoritiesAreTriedAgain) {
  Publish("garbage");
  Spawn(authorities_.Run());
  clock_.Advance(1s);
  EXPECT_THAT(taken_, ElementsAre("garbage", "garbage"));

  Publish("one");
  clock_.Advance(2s);
  EXPECT_THAT(taken_, ElementsAre("garbage", "garbage", "one"));
}

}  // namespace
}  // namespace vk::kubelet
