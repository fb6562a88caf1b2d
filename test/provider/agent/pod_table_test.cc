#include "provider/agent/pod_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/base/manual_clock.h"
#include "test/provider/agent/pods.h"

namespace vk::agent {
namespace {

using testing::ElementsAre;

class PodTableTest : public testing::Test {
 protected:
  PodTableTest() {
    pods_.set_on_change([this](const std::string& uid) { told_.push_back(uid); });
  }
  void List(const std::vector<PodText>& texts, bool complete = true) {
    pods_.BeginReplace();
    for (const PodText& text : texts) pods_.Upsert(PodBytes(text));
    pods_.EndReplace(complete);
  }

  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  NullLog log_;
  PodTable pods_{clock_, log_};
  std::vector<std::string> told_;
};

TEST_F(PodTableTest, PodsOfTheFirstListAreNotNewAndLaterOnesAre) {
  List({{.uid = "old"}});
  pods_.Upsert(PodBytes({.uid = "young", .name = "other"}));

  EXPECT_FALSE(pods_.Find("old")->desired.is_new);
  EXPECT_TRUE(pods_.Find("young")->desired.is_new);
}

TEST_F(PodTableTest, DeletionCountsFromWhenItWasFirstSeen) {
  pods_.Upsert(PodBytes({.version = "1"}));
  clock_.Advance(std::chrono::seconds(5));
  const base::TimePoint asked = clock_.Now();
  pods_.Upsert(PodBytes({.version = "2", .deletion_grace = 30}));
  clock_.Advance(std::chrono::seconds(5));
  pods_.Upsert(PodBytes({.version = "3", .deletion_grace = 10}));

  EXPECT_EQ(pods_.Find("uid-1")->desired.deletion_asked, asked);
  EXPECT_EQ(pods_.Find("uid-1")->desired.deletion_seen, clock_.Now());
}

TEST_F(PodTableTest, PodIsActiveSinceItsStartTime) {
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.WallNow().time_since_epoch()).count();
  pods_.Upsert(PodBytes({.version = "1"}));
  EXPECT_FALSE(pods_.Find("uid-1")->desired.active_since);
  pods_.Upsert(PodBytes({.version = "2", .started = now - 90}));
  const base::TimePoint since = clock_.Now() - std::chrono::seconds(90);
  clock_.Advance(std::chrono::seconds(5));
  pods_.Upsert(PodBytes({.version = "3", .started = now - 90}));

  EXPECT_EQ(pods_.Find("uid-1")->desired.active_since, since);
}

TEST_F(PodTableTest, DeletionThatWasAskedForBeforeCountsFromItsTimestamp) {
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.WallNow().time_since_epoch()).count();
  pods_.Upsert(PodBytes({.deletion_grace = 30, .deletion_timestamp = now + 18}));
  pods_.Upsert(PodBytes(
      {.uid = "ahead", .name = "other", .deletion_grace = 30, .deletion_timestamp = now + 300}));

  EXPECT_EQ(pods_.Find("uid-1")->desired.deletion_asked, clock_.Now() - std::chrono::seconds(12));
  EXPECT_EQ(pods_.Find("ahead")->desired.deletion_asked, clock_.Now());
}

TEST_F(PodTableTest, OlderVersionNeverReplacesANewerOne) {
  pods_.Upsert(PodBytes({.version = "10", .phase = "Running"}));
  pods_.Upsert(PodBytes({.version = "9", .phase = "Pending"}));

  EXPECT_EQ(pods_.Find("uid-1")->desired.pod->phase, PodPhase::kRunning);
}

TEST_F(PodTableTest, PodMissingFromACompleteListHasVanished) {
  List({{.uid = "a"}, {.uid = "b", .name = "other"}});
  List({{.uid = "b", .name = "other"}});

  EXPECT_TRUE(pods_.Find("a")->desired.vanished);
  EXPECT_FALSE(pods_.Find("b")->desired.vanished);
}

TEST_F(PodTableTest, IncompleteListProvesNothingGone) {
  List({{.uid = "a"}});
  List({}, false);

  EXPECT_FALSE(pods_.Find("a")->desired.vanished);
}

TEST_F(PodTableTest, VanishedPodDoesNotComeBack) {
  pods_.Upsert(PodBytes({}));
  pods_.MarkVanished("uid-1");
  pods_.Upsert(PodBytes({.version = "11"}));

  EXPECT_TRUE(pods_.Find("uid-1")->desired.vanished);
}

class TurnedBackTest : public PodTableTest {
 protected:
  TurnedBackTest() {
    pods_.set_on_turned_back([this] { ++turned_back_; });
    List({{.version = "10", .phase = "Pending"}});
    pods_.Upsert(PodBytes({.version = "12", .phase = "Running"}));
    clock_.Advance(std::chrono::seconds(1));
  }

  int turned_back_ = 0;
};

TEST_F(TurnedBackTest, ListWithAnOlderStateThanWasKnownBeforeItBeganIsTold) {
  List({{.version = "10", .phase = "Pending"}});

  EXPECT_EQ(turned_back_, 1);
}

TEST_F(TurnedBackTest, ListThatShowsAPodThatWasGoneBeforeItBeganIsTold) {
  pods_.MarkVanished("uid-1");
  clock_.Advance(std::chrono::seconds(1));

  List({{.version = "12"}});

  EXPECT_EQ(turned_back_, 1);
}

TEST_F(TurnedBackTest, ListThatShowsAForgottenPodIsToldAndItIsNotTakenForANewOne) {
  pods_.MarkVanished("uid-1");
  pods_.Forget("uid-1");
  clock_.Advance(std::chrono::seconds(1));

  List({{.version = "12"}});

  EXPECT_EQ(turned_back_, 1);
  EXPECT_EQ(pods_.Find("uid-1"), nullptr);
}

TEST_F(TurnedBackTest, LateNewsOfAForgottenPodBringNothingBack) {
  pods_.MarkVanished("uid-1");
  pods_.Forget("uid-1");

  pods_.Upsert(PodBytes({.version = "13"}));

  EXPECT_EQ(turned_back_, 0);
  EXPECT_EQ(pods_.Find("uid-1"), nullptr);
}

TEST_F(TurnedBackTest, WhatWasWrittenWhileTheListWasReadIsNoTurningBack) {
  pods_.BeginReplace();
  clock_.Advance(std::chrono::seconds(1));
  pods_.Upsert(PodBytes({.version = "14"}));
  pods_.Upsert(PodBytes({.version = "13"}));
  pods_.EndReplace(true);
  List({{.version = "14"}});

  EXPECT_EQ(turned_back_, 0);
}

TEST_F(TurnedBackTest, EventOfAnEarlierStateIsNoTurningBack) {
  pods_.Upsert(PodBytes({.version = "11"}));

  EXPECT_EQ(turned_back_, 0);
}

TEST_F(PodTableTest, PodOfTheSameNameIsToldWhenTheOldOneIsForgotten) {
  pods_.Upsert(PodBytes({.uid = "first"}));
  pods_.MarkVanished("first");
  pods_.Upsert(PodBytes({.uid = "second"}));
  ASSERT_EQ(pods_.Namesakes(*pods_.Find("second")->desired.pod).size(), 1u);
  told_.clear();

  pods_.Forget("first");

  EXPECT_THAT(told_, ElementsAre("second"));
  EXPECT_TRUE(pods_.Namesakes(*pods_.Find("second")->desired.pod).empty());
}

TEST_F(PodTableTest, NameShowsThePodThatIsThere) {
  pods_.Upsert(PodBytes({.uid = "old"}));
  const PodSnapshot old = *pods_.Find("old")->desired.pod;
  EXPECT_EQ(pods_.Shown(old.ns, old.name), pods_.Find("old"));
  EXPECT_EQ(pods_.Shown(old.ns, "other"), nullptr);

  pods_.MarkVanished("old");
  EXPECT_EQ(pods_.Shown(old.ns, old.name), nullptr);

  pods_.Upsert(PodBytes({.uid = "new"}));
  EXPECT_EQ(pods_.Shown(old.ns, old.name), pods_.Find("new"));
}

TEST_F(PodTableTest, GarbageIsSkippedAndTheRestGoesOn) {
  pods_.Upsert("\xff\xff");
  pods_.Upsert(PodBytes({}));

  EXPECT_EQ(pods_.records().size(), 1u);
}

TEST(ResourceVersionTest, ComparesAsDecimalNumbersOfAnyLength) {
  EXPECT_TRUE(IsNewerVersion("10", "9"));
  EXPECT_FALSE(IsNewerVersion("9", "10"));
  EXPECT_FALSE(IsNewerVersion("10", "10"));
  EXPECT_TRUE(IsNewerVersion("100000000000000000000", "99999999999999999999"));
  EXPECT_TRUE(IsNewerVersion("opaque", "10"));
}

}  // namespace
}  // namespace vk::agent
