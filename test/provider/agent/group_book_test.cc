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
  void Add(const PodText& text) { pods_.Upsert(PodBytes(text)); }
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
  Add({.uid = "copy", .name = "copy", .group_id = "eci-1"});
  book_.Claim("uid-1", "eci-1");

  book_.ClaimNamed("copy");

  EXPECT_EQ(book_.OwnerOf("eci-1"), "uid-1");
  EXPECT_EQ(pods_.Find("copy")->group.presence, Presence::kNone);
}

TEST_F(GroupBookTest, PodThatIsNewCannotBringAGroup) {
  pods_.BeginReplace();
  pods_.Upsert(PodBytes({}));
  pods_.EndReplace(true);
  Add({.uid = "new", .name = "new", .group_id = "eci-somebodys"});

  book_.ClaimNamed("new");

  EXPECT_EQ(book_.OwnerOf("eci-somebodys"), "");
}

TEST_F(GroupBookTest, WhatIsNoIdOfAGroupIsNotTakenForOne) {
  for (const char* const id : {"eci-1\"", "eci-", "eci-A1", "i-1", "eci-1,eci-2"}) {
    EXPECT_FALSE(IsGroupId(id)) << id;
  }
  EXPECT_TRUE(IsGroupId("eci-bp10x8k7u9bbhtim8jv"));
  Add({.uid = "quoted", .name = "quoted", .group_id = "eci-1\""});

  book_.ClaimNamed("quoted");

  EXPECT_TRUE(book_.owners().empty());
}

TEST_F(GroupBookTest, NameInTheStatusIsBelievedAndOneInTheAnnotationIsNot) {
  Add({.uid = "told", .name = "told", .group_id = "eci-9", .status_group_id = "eci-2"});
  Add({.uid = "named", .name = "named", .group_id = "eci-3"});

  book_.ClaimNamed("told");
  book_.ClaimNamed("named");

  EXPECT_EQ(pods_.Find("told")->group.id, "eci-2");
  EXPECT_TRUE(pods_.Find("told")->group.IsThere());
  EXPECT_FALSE(pods_.Find("named")->group.IsThere());
}

TEST_F(GroupBookTest, NameInTheStatusBeatsAnotherPodsAnnotation) {
  Add({.uid = "copy", .name = "copy", .group_id = "eci-2"});
  Add({.uid = "told", .name = "told", .status_group_id = "eci-2"});
  book_.ClaimNamed("copy");

  book_.ClaimNamed("told");

  EXPECT_EQ(book_.OwnerOf("eci-2"), "told");
}

TEST_F(GroupBookTest, GroupThatAnAnnotationNamesIsProvenByItsTagsAlone) {
  Add({.version = "11", .group_id = "eci-1"});
  book_.ClaimNamed("uid-1");
  Show(GroupStatus::kRunning);
  EXPECT_FALSE(pod().group.proven);
  EXPECT_FALSE(pod().group.seen);

  book_.Claim("uid-1", "eci-1");

  EXPECT_TRUE(pod().group.proven);
}

TEST_F(GroupBookTest, TagsTakeAGroupFromAPodThatOnlyNamesIt) {
  Add({.uid = "copy", .name = "copy", .group_id = "eci-1"});
  book_.ClaimNamed("copy");

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

TEST_F(GroupBookTest, GroupAbsentInTwoListingsThirtySecondsApartIsDoubtedAndNotLostYet) {
  book_.Claim("uid-1", "eci-1");
  book_.ReportLost("eci-1");
  book_.ReportAbsent("eci-1", clock_.Now());
  book_.ReportAbsent("eci-1", clock_.Now() + kAbsenceProof);

  EXPECT_EQ(pod().group.presence, Presence::kPresent);
  EXPECT_TRUE(book_.doubted().contains("eci-1"));
}

// Two listings that do not show a group.
void Doubt(GroupBook& book, const std::string& group_id, base::TimePoint now) {
  book.ReportAbsent(group_id, now);
  book.ReportAbsent(group_id, now + kAbsenceProof);
}

TEST_F(GroupBookTest, DoubtedGroupThatItsIdDoesNotShowEitherIsLost) {
  book_.Claim("uid-1", "eci-1");
  Doubt(book_, "eci-1", clock_.Now());

  book_.ReportLost("eci-1");

  EXPECT_EQ(pod().group.presence, Presence::kGone);
  EXPECT_TRUE(pod().group.lost);
  EXPECT_EQ(told_.back(), "uid-1");
  EXPECT_TRUE(book_.doubted().empty());
}

TEST_F(GroupBookTest, DoubtEndsWhenTheGroupShowsOrItsIdIsKnown) {
  book_.Claim("uid-1", "eci-1");
  Doubt(book_, "eci-1", clock_.Now());
  Show(GroupStatus::kRunning);
  EXPECT_TRUE(book_.doubted().empty());

  Doubt(book_, "eci-1", clock_.Now());
  book_.ReportThere("eci-1");
  book_.ReportLost("eci-1");

  EXPECT_EQ(pod().group.presence, Presence::kPresent);
}

TEST_F(GroupBookTest, AnswerToAnOldTokenThatNothingShowsIsNoLoss) {
  book_.Claim("uid-1", "eci-old", GroupBook::Origin::kOldToken);
  Doubt(book_, "eci-old", clock_.Now());

  book_.ReportLost("eci-old");

  EXPECT_EQ(pod().group.presence, Presence::kNone);
  EXPECT_FALSE(pod().group.lost);
  EXPECT_EQ(book_.Claim("uid-1", "eci-old"), "");
}

TEST_F(GroupBookTest, AnswerToAnOldTokenThatWasShownIsAGroupLikeAnother) {
  book_.Claim("uid-1", "eci-1", GroupBook::Origin::kOldToken);
  Show(GroupStatus::kRunning);
  Doubt(book_, "eci-1", clock_.Now());

  book_.ReportLost("eci-1");

  EXPECT_TRUE(pod().group.lost);
}

TEST_F(GroupBookTest, NameThatNothingBearsOutIsDroppedAndTheGroupNotLost) {
  Add({.version = "11", .group_id = "eci-1"});
  book_.ClaimNamed("uid-1");
  Doubt(book_, "eci-1", clock_.Now());

  book_.ReportLost("eci-1");

  EXPECT_EQ(pod().group.presence, Presence::kNone);
  book_.ClaimNamed("uid-1");
  EXPECT_EQ(pod().group.presence, Presence::kNone);
}

TEST_F(GroupBookTest, LostGroupThatShowsAgainIsItsPodsAgainWhileThatLives) {
  book_.Claim("uid-1", "eci-1");
  Doubt(book_, "eci-1", clock_.Now());
  book_.ReportLost("eci-1");

  EXPECT_TRUE(book_.ClaimAgain("uid-1", "eci-1"));

  EXPECT_TRUE(pod().group.IsThere());
  EXPECT_FALSE(pod().group.lost);
  EXPECT_EQ(book_.OwnerOf("eci-1"), "uid-1");
}

TEST_F(GroupBookTest, LostGroupThatShowsAgainIsNotItsPodsOnceThatHasEnded) {
  book_.Claim("uid-1", "eci-1");
  Doubt(book_, "eci-1", clock_.Now());
  book_.ReportLost("eci-1");
  Add({.version = "11", .phase = "Failed"});

  EXPECT_FALSE(book_.ClaimAgain("uid-1", "eci-1"));
}

TEST_F(GroupBookTest, WhatIsKnownOfADeleteGoesWithItsGroup) {
  book_.Claim("uid-1", "eci-1");
  book_.NoteDeleteSent("uid-1");
  book_.NoteDeleteAccepted("uid-1", true);
  book_.Release("uid-1");

  book_.Claim("uid-1", "eci-2");

  EXPECT_FALSE(pod().group.deletion);
}

TEST_F(GroupBookTest, ReleaseOfAGoneGroupLeavesItWithWhoeverHasIt) {
  Add({.uid = "other", .name = "other"});
  book_.Claim("uid-1", "eci-1");
  book_.ReportGone("eci-1");
  book_.Claim("other", "eci-1");

  book_.Release("uid-1");

  EXPECT_EQ(book_.OwnerOf("eci-1"), "other");
}

TEST_F(GroupBookTest, RefusedGroupsAreNotKeptForEver) {
  for (int i = 0; i < 100; ++i) {
    book_.Claim("uid-1", "eci-" + std::to_string(i));
    book_.Release("uid-1");
  }

  EXPECT_LE(pod().group.refused.size(), 8u);
  EXPECT_TRUE(pod().group.Refused("eci-99"));
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
  book_.NoteDeleteSent("uid-1");
  book_.NoteDeleteAccepted("uid-1", false);

  book_.ReportAbsent("eci-1", clock_.Now() + 1ms);

  EXPECT_EQ(pod().group.presence, Presence::kGone);
  EXPECT_FALSE(pod().group.lost);
}

TEST_F(GroupBookTest, StartingAndEndingGroupsMoveAndRunningOnesDoNot) {
  book_.Claim("uid-1", "eci-1");
  EXPECT_EQ(book_.in_transition().size(), 1u);
  Show(GroupStatus::kRunning);
  EXPECT_TRUE(book_.in_transition().empty());

  book_.NoteDeleteSent("uid-1");
  book_.NoteDeleteAccepted("uid-1", false);
  EXPECT_EQ(book_.in_transition().size(), 1u);
  Show(GroupStatus::kFailed);
  EXPECT_TRUE(book_.in_transition().empty());
}

}  // namespace
}  // namespace vk::agent
