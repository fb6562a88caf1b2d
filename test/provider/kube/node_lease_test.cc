#include "provider/kube/node_lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "proto/kubernetes/coordination/v1/lease.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/kube/kube_fixture.h"

namespace vk::kube {
namespace {

using namespace std::chrono_literals;
using k8s::io::api::coordination::v1::Lease;

class NodeLeaseTest : public KubeTest {
 protected:
  void Start() {
    tasks_.Spawn("lease", lease_.Run());
    clock_.Advance(0s);
  }
  Lease Stored() {
    Lease lease;
    const auto bytes = server_.Get(kLeases, {"kube-node-lease", "vk", ""});
    EXPECT_TRUE(bytes);
    if (bytes) EXPECT_TRUE(FromBytes(*bytes, &lease));
    return lease;
  }

  std::string uid_ = "uid-1";
  NodeLease lease_{{.node = "vk"}, api_, clock_, base::Random(5), log_, [this] { return uid_; }};
};

TEST_F(NodeLeaseTest, LeaseNamesItsHolderAndItsOwner) {
  Start();

  const Lease lease = Stored();
  EXPECT_EQ(lease.spec().holderidentity(), "vk");
  EXPECT_EQ(lease.spec().leasedurationseconds(), 40);
  ASSERT_EQ(lease.metadata().ownerreferences_size(), 1);
  EXPECT_EQ(lease.metadata().ownerreferences(0).apiversion(), "v1");
  EXPECT_EQ(lease.metadata().ownerreferences(0).kind(), "Node");
  EXPECT_EQ(lease.metadata().ownerreferences(0).name(), "vk");
  EXPECT_EQ(lease.metadata().ownerreferences(0).uid(), "uid-1");
}

TEST_F(NodeLeaseTest, RenewedEveryTenSecondsWithoutReading) {
  Start();
  const auto first = Stored().spec().renewtime().seconds();
  faults_.calls.clear();

  clock_.Advance(60s);

  EXPECT_GE(Stored().spec().renewtime().seconds() - first, 50);
  EXPECT_EQ(faults_.calls, std::vector<std::string>(5, "update leases"));
}

TEST_F(NodeLeaseTest, OwnerFollowsANodeThatAppearsLaterOrAnew) {
  uid_.clear();
  Start();
  EXPECT_EQ(Stored().metadata().ownerreferences_size(), 0);

  uid_ = "uid-2";
  clock_.Advance(11s);
  EXPECT_EQ(Stored().metadata().ownerreferences(0).uid(), "uid-2");
  uid_ = "uid-3";
  clock_.Advance(11s);

  ASSERT_EQ(Stored().metadata().ownerreferences_size(), 1);
  EXPECT_EQ(Stored().metadata().ownerreferences(0).uid(), "uid-3");
}

TEST_F(NodeLeaseTest, DeletedLeaseIsMadeAnewAtTheNextRenewal) {
  Start();
  ASSERT_TRUE(server_.Delete(kLeases, {"kube-node-lease", "vk", ""}, {}));

  clock_.Advance(11s);

  EXPECT_EQ(Stored().spec().holderidentity(), "vk");
}

TEST_F(NodeLeaseTest, LeaseChangedBySomebodyElseIsReadAndRenewedAtOnce) {
  Start();
  Lease other = Stored();
  (*other.mutable_metadata()->mutable_labels())["a"] = "b";
  ASSERT_TRUE(server_.Update(kLeases, {"kube-node-lease", "vk", ""}, ToBytes(other)));

  clock_.Advance(11s);

  EXPECT_EQ(Stored().metadata().labels().at("a"), "b");
  EXPECT_GT(lease_.last_renewed(), clock_.Now() - 2s);
}

TEST_F(NodeLeaseTest, AfterAnOutageRenewedWithinSevenSeconds) {
  Start();
  faults_.error = base::Error(base::ErrorCode::kUnavailable, "away");
  clock_.Advance(5min);
  faults_.error.reset();
  clock_.Advance(7s);

  EXPECT_GT(lease_.last_renewed(), clock_.Now() - 7s);
}

}  // namespace
}  // namespace vk::kube
