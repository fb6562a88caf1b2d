#include "provider/agent/group_book.h"

#include <gtest/gtest.h>

#include "test/base/manual_clock.h"
#include "test/provider/agent/pods.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using translate::GroupStatus;
using Presence = GroupState::Presence;

class GroupBookTest : public testing::Test {
 protected:
  GroupBookTest() {
    pods_.Upsert(PodBytes({}));
    book_.set_on_change([this](const std::string& uid) { told_.push_back(uid); });
  }
  PodRecord& pod() { return *pods_.Find("uid-1"); }
  void Show(GroupStatus status) { book_.Observe({.group_id = "eci-1", .status = status}); }

  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  NullLog log_;
  PodTable pods_{clock_, log_};
  GroupBook book_{pods_, clock_, log_};
  std::vector<std::string> told_;
};

TEST_F(GroupBookTest, SecondClaimKeepsTheFirstGroup) {
  EXPECT_EQ(book_.Claim("uid-1", "eci-1"), "eci-1");
  EXPECT_EQ(book_.Claim("uid-1", "eci-2"), "eci-1");
}

TEST_F(GroupBookTest, ReleasedGroupIsNeverClaimedAgainButAnotherIs) {
  book_.Claim("uid-1", "eci-1");
  book_.Release("uid-1");

  EXPECT_EQ(book_.Claim("uid-1", "eci-1"), "");
  EXPECT_EQ(book_.Claim("uid-1", "eci-2"), "eci-2");
}

TEST_F(GroupBookTest, SidecarsAreAloneFromTheFirstListingThatShowsAllOthersEnded) {
  using translate::ContainerPhase;
  pods_.Upsert(PodBytes({.version = "11", .restart_policy = "Never", .sidecar = "proxy"}));
  book_.Claim("uid-1", "eci-1");
  const auto show = [&](ContainerPhase main) {
    book_.Observe(
        {.group_id = "eci-1",
         .status = GroupStatus::kRunning,
         .containers = {{.name = "main", .current = {.phase = main}},
                        {.name = "proxy", .current = {.phase = ContainerPhase::kRunning}}}});
  };
  show(ContainerPhase::kRunning);
  EXPECT_FALSE(pod().group.only_sidecars_since);
  clock_.Advance(5s);
  show(ContainerPhase::kTerminated);
  const base::TimePoint since = clock_.Now();
  clock_.Advance(5s);
  show(ContainerPhase::kTerminated);

  EXPECT_EQ(pod().group.only_sidecars_since, since);
}

TEST_F(GroupBookTest, GroupThatAnotherPodHasIsNotTakenByItsName) {
  pods_.Upsert(PodBytes({.uid = "copy", .name = "copy"}));
  book_.Claim("uid-1", "eci-1");

  book_.ClaimNamed("copy", "eci-1");

  EXPECT_EQ(book_.OwnerOf("eci-1"), "uid-1");
  EXPECT_EQ(pods_.Find("copy")->group.presence, Presence::kNone);
}

TEST_F(GroupBookTest, PodThatIsNewCannotBringAGroup) {
  pods_.BeginReplace();
  pods_.Upsert(PodBytes({}));
  pods_.EndReplace(true);
  pods_.Upsert(PodBytes({.uid = "new", .name = "new", .group_id = "eci-of-somebody"}));

  book_.ClaimNamed("new", "eci-of-somebody");

  EXPECT_EQ(book_.OwnerOf("eci-of-somebody"), "");
}

TEST_F(GroupBookTest, NamedGroupIsProvenByTheListingThatShowsIt) {
  book_.ClaimNamed("uid-1", "eci-1");
  EXPECT_FALSE(pod().group.proven);

  Show(GroupStatus::kRunning);

  EXPECT_TRUE(pod().group.proven);
}

TEST_F(GroupBookTest, TagsTakeAGroupFromAPodThatOnlyNamesIt) {
  pods_.Upsert(PodBytes({.uid = "copy", .name = "copy"}));
  book_.ClaimNamed("copy", "eci-1");

  book_.Claim("uid-1", "eci-1");

  EXPECT_EQ(book_.OwnerOf("eci-1"), "uid-1");
  EXPECT_EQ(pods_.Find("copy")->group.presence, Presence::kNone);
}

TEST_F(GroupBookTest, EndedGroupNeverRunsAgain) {
  book_.Claim("uid-1", "eci-1");
  Show(GroupStatus::kSucceeded);
  Show(GroupStatus::kRunning);

  EXPECT_EQ(pod().group.seen->status, GroupStatus::kSucceeded);
}

TEST_F(GroupBookTest, OnlyNewsAreTold) {
  book_.Claim("uid-1", "eci-1");
  Show(GroupStatus::kRunning);
  told_.clear();

  Show(GroupStatus::kRunning);

  EXPECT_TRUE(told_.empty());
}

TEST_F(GroupBookTest, GroupAbsentFromOneListingIsNotLostYet) {
  book_.Claim("uid-1", "eci-1");
  clock_.Advance(1min);

  book_.ReportAbsent("eci-1", clock_.Now());
  book_.ReportAbsent("eci-1", clock_.Now() + 29s);

  EXPECT_EQ(pod().group.presence, Presence::kPresent);
}

TEST_F(GroupBookTest, GroupAbsentInTwoListingsThirtySecondsApartIsLost) {
  book_.Claim("uid-1", "eci-1");
  clock_.Advance(1min);

  book_.ReportAbsent("eci-1", clock_.Now());
  book_.ReportAbsent("eci-1", clock_.Now() + kAbsenceProof);

  EXPECT_EQ(pod().group.presence, Presence::kGone);
  EXPECT_TRUE(pod().group.lost);
  EXPECT_EQ(told_.back(), "uid-1");
}

TEST_F(GroupBookTest, GroupThatShowsItselfBetweenTwoListingsIsNotLost) {
  book_.Claim("uid-1", "eci-1");
  book_.ReportAbsent("eci-1", clock_.Now());
  Show(GroupStatus::kRunning);

  book_.ReportAbsent("eci-1", clock_.Now() + 10min);

  EXPECT_EQ(pod().group.presence, Presence::kPresent);
}

TEST_F(GroupBookTest, GroupWeDeletedIsGoneAtTheFirstListingWithoutIt) {
  book_.Claim("uid-1", "eci-1");
  pod().sync.delete_sent = clock_.Now();
  pod().sync.delete_accepted = true;

  book_.ReportAbsent("eci-1", clock_.Now() + 1ms);

  EXPECT_EQ(pod().group.presence, Presence::kGone);
  EXPECT_FALSE(pod().group.lost);
}

TEST_F(GroupBookTest, StartingAndEndingGroupsMoveAndRunningOnesDoNot) {
  book_.Claim("uid-1", "eci-1");
  EXPECT_EQ(book_.moving().size(), 1u);
  Show(GroupStatus::kRunning);
  EXPECT_TRUE(book_.moving().empty());

  pod().sync.delete_sent = clock_.Now();
  book_.WatchEnd("uid-1");
  EXPECT_EQ(book_.moving().size(), 1u);
  Show(GroupStatus::kFailed);
  EXPECT_TRUE(book_.moving().empty());
}

}  // namespace
}  // namespace vk::agent
