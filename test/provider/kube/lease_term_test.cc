#include "provider/kube/lease_term.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "proto/kubernetes/coordination/v1/lease.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/kube/kube_fixture.h"

namespace vk::kube {
namespace {

using namespace std::chrono_literals;
using k8s::io::api::coordination::v1::Lease;
using testing::ElementsAre;

const ObjectKey kKey{"kube-system", "virtual-node-vk", ""};

// Sessions that do nothing but need a second to end.
class LeaseTermTest : public KubeTest {
 protected:
  ~LeaseTermTest() override {
    faults_.error.reset();
    run_.Cancel();
    clock_.Advance(10s);
  }

  boost::asio::awaitable<void> Session(LeaseTerm* term) {
    told_.emplace_back("begin");
    term_ = term;
    (void)co_await term->WaitOver();
    co_await base::Shielded(End(term));
  }
  boost::asio::awaitable<void> End(LeaseTerm* term) {
    may_send_at_end_ = term->MaySend();
    (void)co_await clock_.SleepUntil(clock_.Now() + 1s);
    holder_at_end_ = Stored().spec().holderidentity();
    told_.emplace_back("end");
  }

  void Start() {
    run_.Spawn("terms", terms_.Run());
    clock_.Advance(100ms);
  }
  Lease Stored() const {
    Lease lease;
    EXPECT_TRUE(FromBytes(server_.Get(kLeases, kKey).value(), &lease));
    return lease;
  }
  void Write(const std::string& holder) {
    Lease lease = Stored();
    lease.mutable_spec()->set_holderidentity(holder);
    ASSERT_TRUE(server_.Update(kLeases, kKey, ToBytes(lease)));
  }

  std::vector<std::string> told_;
  LeaseTerm* term_ = nullptr;
  bool may_send_at_end_ = false;
  std::string holder_at_end_;
  LeaseTerms terms_{{.lease = {.ns = kKey.ns, .name = kKey.name, .identity = "a"}, .subject = "x"},
                    api_,
                    clock_,
                    base::Random(3),
                    log_,
                    [](std::string_view) { return false; },
                    {.run = [this](LeaseTerm* term) { return Session(term); },
                     .on_held = [this] { told_.emplace_back("held"); }},
                    io_.get_executor()};
  base::TaskGroup run_{io_.get_executor()};
};

TEST_F(LeaseTermTest, LeaseLostAndTakenBackByItsHolderIsOneTerm) {
  Start();
  faults_.error = base::Error(base::ErrorCode::kUnavailable, "away");
  clock_.Advance(30s);
  EXPECT_FALSE(term_->MaySend());
  faults_.error.reset();
  clock_.Advance(5s);

  EXPECT_TRUE(term_->MaySend());
  EXPECT_THAT(told_, ElementsAre("held", "begin", "held"));
}

TEST_F(LeaseTermTest, TermOfWhoeverFindsALeaseGivenBackByAnotherIsOverForGood) {
  Start();
  Write("");
  clock_.Advance(2'500ms);

  // The Lease is held again, by the next term.
  EXPECT_EQ(Stored().spec().holderidentity(), "a");
  EXPECT_FALSE(may_send_at_end_);
  EXPECT_FALSE(term_->MaySend());
  EXPECT_EQ(term_->HeldUntil(), base::TimePoint::min());
  clock_.Advance(5s);
  EXPECT_TRUE(term_->MaySend());
  EXPECT_THAT(told_, ElementsAre("held", "begin", "held", "end", "begin"));
}

TEST_F(LeaseTermTest, OtherHolderIsNamedWhileItHolds) {
  Start();
  EXPECT_EQ(terms_.other_holder(), "");
  Write("b");
  clock_.Advance(5s);
  EXPECT_EQ(terms_.other_holder(), "b");

  clock_.Advance(30s);
  EXPECT_EQ(terms_.other_holder(), "");
}

TEST_F(LeaseTermTest, LeaseIsGivenBackAfterTheSessionHasEnded) {
  Start();
  run_.Cancel();
  clock_.Advance(3s);

  EXPECT_THAT(told_, ElementsAre("held", "begin", "end"));
  EXPECT_EQ(holder_at_end_, "a");
  EXPECT_TRUE(may_send_at_end_);
  EXPECT_EQ(Stored().spec().holderidentity(), "");
  EXPECT_EQ(run_.size(), 0u);
}

}  // namespace
}  // namespace vk::kube
