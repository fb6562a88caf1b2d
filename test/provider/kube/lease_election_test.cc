#include "provider/kube/lease_election.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "proto/kubernetes/coordination/v1/lease.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/kube/kube_fixture.h"

namespace vk::kube {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using k8s::io::api::coordination::v1::Lease;
using testing::ElementsAre;

const ObjectKey kKey{"kube-system", "virtual-node-vk", ""};

// One contender, with a connection of its own.
class Contender final : public LeaseObserver {
 public:
  Contender(std::string identity, FakeKube& server, boost::asio::io_context& io,
            base::ManualClock& clock, base::Log& log, LeaseElection::HolderIsGone gone,
            std::chrono::seconds retry)
      : api(server, io.get_executor(), clock, faults),
        election(
            {.ns = kKey.ns, .name = kKey.name, .identity = std::move(identity), .retry = retry},
            api, clock, base::Random(3), log, std::move(gone), *this, io.get_executor()),
        tasks(io.get_executor()) {
    tasks.Spawn("election", election.Run());
  }

  void OnHeld() override { told.emplace_back("held"); }
  void OnLost() override { told.emplace_back("lost"); }
  void OnWaiting(std::string_view holder) override {
    told.push_back("wait " + std::string(holder));
  }
  void OnRestored() override { told.emplace_back("restored"); }

  TestFaults faults;
  FakeKubeClient api;
  LeaseElection election;
  std::vector<std::string> told;
  base::TaskGroup tasks;
};

class LeaseElectionTest : public KubeTest {
 protected:
  ~LeaseElectionTest() override {
    for (auto& contender : contenders_) contender->tasks.Cancel();
    clock_.Advance(0s);
  }
  Contender& Add(const std::string& identity, std::chrono::seconds retry = 2s) {
    contenders_.push_back(std::make_unique<Contender>(
        identity, server_, io_, clock_, log_,
        [this](std::string_view holder) { return holder == gone_; }, retry));
    clock_.Advance(0s);
    return *contenders_.back();
  }
  Lease Stored() {
    Lease lease;
    EXPECT_TRUE(FromBytes(server_.Get(kLeases, kKey).value(), &lease));
    return lease;
  }

  std::string gone_;
  std::vector<std::unique_ptr<Contender>> contenders_;
};

TEST_F(LeaseElectionTest, FirstOneHoldsAndRenews) {
  Contender& a = Add("a");
  EXPECT_TRUE(a.election.Held());
  EXPECT_EQ(a.election.HeldUntil(), clock_.Now() + 10s);
  EXPECT_EQ(Stored().spec().holderidentity(), "a");
  EXPECT_EQ(Stored().spec().leasedurationseconds(), 15);

  clock_.Advance(1h);

  EXPECT_TRUE(a.election.Held());
  EXPECT_THAT(a.told, ElementsAre("held"));
}

TEST_F(LeaseElectionTest, SecondOneWaitsAndSaysForWhom) {
  Add("a");
  Contender& b = Add("b");
  clock_.Advance(10min);

  EXPECT_FALSE(b.election.Held());
  EXPECT_THAT(b.told, ElementsAre("wait a"));
}

TEST_F(LeaseElectionTest, NobodyActsOnceTenSecondsPassedWithoutRenewal) {
  Contender& a = Add("a");
  a.faults.error = base::Error(ErrorCode::kUnavailable, "away");
  const base::TimePoint until = a.election.HeldUntil();

  clock_.Advance(until - clock_.Now() - 1ns);
  EXPECT_TRUE(a.election.Held());
  EXPECT_THAT(a.told, ElementsAre("held"));
  clock_.Advance(1ns);

  EXPECT_FALSE(a.election.Held());
  EXPECT_THAT(a.told, ElementsAre("held", "lost"));
}

TEST_F(LeaseElectionTest, LossIsToldAtItsMomentBetweenTwoTries) {
  Contender& a = Add("a", 3s);
  a.faults.error = base::Error(ErrorCode::kUnavailable, "away");
  clock_.Advance(10s);

  EXPECT_THAT(a.told, ElementsAre("held", "lost"));
}

TEST_F(LeaseElectionTest, CallThatHangsDoesNotHideTheLoss) {
  Contender& a = Add("a");
  a.faults.latency = kForever;
  clock_.Advance(10s);

  EXPECT_THAT(a.told, ElementsAre("held", "lost"));
}

TEST_F(LeaseElectionTest, HeldAgainWhenTheServerIsBack) {
  Contender& a = Add("a");
  a.faults.error = base::Error(ErrorCode::kUnavailable, "away");
  clock_.Advance(1min);
  a.faults.error.reset();
  clock_.Advance(5s);

  EXPECT_THAT(a.told, ElementsAre("held", "lost", "held"));
}

TEST_F(LeaseElectionTest, DeadHolderIsReplacedAtItsEndByTheObserversClock) {
  Contender& a = Add("a");
  clock_.Advance(1s);
  Contender& b = Add("b");
  a.tasks.Cancel();
  clock_.Advance(14s);
  EXPECT_FALSE(b.election.Held());
  clock_.Advance(5s);

  EXPECT_TRUE(b.election.Held());
  EXPECT_EQ(Stored().spec().holderidentity(), "b");
  EXPECT_EQ(Stored().spec().leasetransitions(), 1);
}

TEST_F(LeaseElectionTest, HolderThatFindsALeaseGivenBackByAnotherStartsAnew) {
  Contender& a = Add("a");
  Contender& b = Add("b");
  a.faults.error = base::Error(ErrorCode::kUnavailable, "away");
  clock_.Advance(30s);
  ASSERT_TRUE(b.election.Held());
  b.tasks.Cancel();
  clock_.Advance(0s);
  ASSERT_TRUE(Await(b.election.Release(Soon())));
  ASSERT_EQ(Stored().spec().holderidentity(), "");
  a.faults.error.reset();
  clock_.Advance(5s);

  EXPECT_THAT(a.told, ElementsAre("held", "lost", "wait ", "held"));
}

TEST_F(LeaseElectionTest, GivenBackLeaseIsToldOnceUntilItIsTaken) {
  Contender& a = Add("a");
  Lease lease = Stored();
  lease.mutable_spec()->set_holderidentity("");
  ASSERT_TRUE(server_.Update(kLeases, kKey, ToBytes(lease)));
  a.faults.refuse_writes = true;
  clock_.Advance(1min);
  EXPECT_THAT(a.told, ElementsAre("held", "wait ", "lost"));

  a.faults.refuse_writes = false;
  clock_.Advance(5s);
  EXPECT_THAT(a.told, ElementsAre("held", "wait ", "lost", "held"));
}

TEST_F(LeaseElectionTest, LeaseThatNamesUsAfterAnotherWroteItIsTold) {
  Contender& a = Add("a");
  ASSERT_TRUE(server_.Patch(kLeases, kKey, PatchType::kMerge,
                            R"({"metadata": {"annotations": {"by": "another"}}})"));
  clock_.Advance(3s);
  EXPECT_THAT(a.told, ElementsAre("held", "wait ", "held"));

  a.faults.reply_latency = kForever;  // From here on a version alone proves nothing.
  clock_.Advance(3s);
  ASSERT_TRUE(
      server_.Patch(kLeases, kKey, PatchType::kMerge, R"({"spec": {"leaseTransitions": 7}})"));
  a.faults.reply_latency = {};
  clock_.Advance(5s);

  EXPECT_THAT(a.told, ElementsAre("held", "wait ", "held", "wait ", "held"));
}

TEST_F(LeaseElectionTest, RenewalThatIsRefusedForAnotherOnesWriteEndsTheRightToActAtOnce) {
  Contender& a = Add("a");
  Lease lease = Stored();
  lease.mutable_spec()->set_holderidentity("z");
  ASSERT_TRUE(server_.Update(kLeases, kKey, ToBytes(lease)));
  clock_.Advance(2s);

  EXPECT_FALSE(a.election.Held());
  EXPECT_THAT(a.told, ElementsAre("held", "wait z", "lost"));
}

TEST_F(LeaseElectionTest, TwoNeverHoldAtOnce) {
  Contender& a = Add("a");
  Contender& b = Add("b");
  for (int step = 0; step < 600; ++step) {
    // One is cut off after the other.
    const base::Error away(ErrorCode::kUnavailable, "away");
    const bool cut_a = step % 120 < 60;
    a.faults.error = cut_a ? std::optional(away) : std::nullopt;
    b.faults.error = cut_a ? std::nullopt : std::optional(away);
    clock_.Advance(500ms);
    ASSERT_FALSE(a.election.Held() && b.election.Held()) << step;
  }
  EXPECT_GE(a.told.size() + b.told.size(), 6u);
}

TEST_F(LeaseElectionTest, HolderWhoseProcessIsGoneIsReplacedAtOnce) {
  Contender& a = Add("a");
  a.tasks.Cancel();
  clock_.Advance(0s);
  gone_ = "a";

  Contender& b = Add("b");

  EXPECT_TRUE(b.election.Held());
}

TEST_F(LeaseElectionTest, ReleasedLeaseIsTakenAtTheNextTry) {
  Contender& a = Add("a");
  Contender& b = Add("b");
  a.tasks.Cancel();
  clock_.Advance(0s);

  const base::Status released = Await(a.election.Release(Soon()));
  clock_.Advance(3s);

  EXPECT_TRUE(released);
  EXPECT_FALSE(a.election.Held());
  EXPECT_TRUE(b.election.Held());
}

TEST_F(LeaseElectionTest, LeaseOfSomebodyElseIsNotReleased) {
  Add("a");
  Contender& b = Add("b");

  EXPECT_TRUE(Await(b.election.Release(Soon())));

  EXPECT_EQ(Stored().spec().holderidentity(), "a");
}

TEST_F(LeaseElectionTest, LostReplyOfARenewalKeepsTheLease) {
  Contender& a = Add("a");
  a.faults.reply_latency = kForever;
  clock_.Advance(3s);
  a.faults.reply_latency = {};
  clock_.Advance(30s);

  EXPECT_THAT(a.told, ElementsAre("held"));
  EXPECT_TRUE(a.election.Held());
}

TEST_F(LeaseElectionTest, RestoredServerIsToldToItsHolderWhichGoesOn) {
  Contender& a = Add("a");
  const FakeKube::Snapshot backup = server_.TakeSnapshot();
  clock_.Advance(10s);

  server_.Restore(backup);
  clock_.Advance(10s);

  EXPECT_TRUE(a.election.Held());
  EXPECT_THAT(a.told, ElementsAre("held", "restored"));
}

TEST_F(LeaseElectionTest, RestoredLeaseOfOnesOwnIsNotTakenForTheTruth) {
  Contender& a = Add("a");
  clock_.Advance(1s);
  const FakeKube::Snapshot backup = server_.TakeSnapshot();
  Contender& b = Add("b");
  a.faults.error = base::Error(ErrorCode::kUnavailable, "away");
  clock_.Advance(30s);
  ASSERT_TRUE(b.election.Held());
  a.faults.error.reset();
  clock_.Advance(5s);

  server_.Restore(backup);
  for (int step = 0; step < 60; ++step) {
    clock_.Advance(500ms);
    ASSERT_FALSE(a.election.Held() && b.election.Held()) << step;
  }
  EXPECT_TRUE(a.election.Held() || b.election.Held());
}

TEST_F(LeaseElectionTest, LeaseTakenBackFromAGoneProcessInOneRoundIsHeld) {
  Contender& a = Add("a");
  gone_ = "z";
  Lease lease = Stored();
  lease.mutable_spec()->set_holderidentity("z");
  ASSERT_TRUE(server_.Update(kLeases, kKey, ToBytes(lease)));
  clock_.Advance(5s);
  std::optional<base::Status> held;
  tasks_.Spawn("wait", Keep(a.election.WaitHeld(), &held));
  clock_.Advance(1s);

  EXPECT_TRUE(a.election.Held());
  EXPECT_TRUE(held);
}

TEST_F(LeaseElectionTest, WaiterGoesOnWhenItIsHeld) {
  Contender& a = Add("a");
  Contender& b = Add("b");
  std::optional<base::Status> held;
  tasks_.Spawn("wait", Keep(b.election.WaitHeld(), &held));
  clock_.Advance(5s);
  EXPECT_FALSE(held);

  a.tasks.Cancel();
  clock_.Advance(20s);

  ASSERT_TRUE(held);
  EXPECT_TRUE(*held);
}

}  // namespace
}  // namespace vk::kube
