#include "provider/kubelet_api/container_logs.h"

#include <chrono>

#include "base/random.h"
#include "test/provider/kubelet_api/node_fixture.h"

namespace vk::kubelet {
namespace {

using namespace std::chrono_literals;
using base::Error;
using base::ErrorCode;
using testing::HasSubstr;

class ContainerLogsTest : public NodeTest {
 protected:
  void Ask(std::string query, std::string container = "main", std::string pod = "web") {
    answer_ = {};
    Spawn(logs_.Serve("app", std::move(pod), std::move(container), std::move(query), answer_));
  }

  void Log(std::string text) { cloud_.log.push_back({WallSeconds(), std::move(text)}); }

  ContainerLogs logs_{{}, pods_, cloud_, clock_, log_};
};

TEST_F(ContainerLogsTest, PlainLogIsReturnedAsItIs) {
  pods_.Put("web", kRunning);
  cloud_.log = {{100, "one"}, {101, "two"}};
  Ask("");

  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.body, "one\ntwo\n");
  EXPECT_EQ(cloud_.last_tail, 2000);
  EXPECT_EQ(cloud_.last_group, "eci-1");
}

TEST_F(ContainerLogsTest, TailSinceAndLimitAreKept) {
  pods_.Put("web", kRunning);
  cloud_.log = {{100, "one"}, {101, "two"}, {102, "three"}};

  Ask("tailLines=2");
  EXPECT_EQ(answer_.body, "two\nthree\n");
  Ask("tail=1");
  EXPECT_EQ(answer_.body, "three\n");
  Ask("tail=all&tailLines=0");
  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.body, "");
  Ask("sinceTime=1970-01-01T00%3A01%3A41Z");
  EXPECT_EQ(answer_.body, "two\nthree\n");
  Ask("limitBytes=6");
  EXPECT_EQ(answer_.body, "one\ntw");
  Ask("tailLines=999999");
  EXPECT_EQ(answer_.body, "one\ntwo\nthree\n");
}

TEST_F(ContainerLogsTest, SinceSecondsCountsBackFromNow) {
  pods_.Put("web", kRunning);
  const std::int64_t now = WallSeconds();
  cloud_.log = {{now - 61, "old"}, {now - 60, "new"}};
  Ask("sinceSeconds=60");

  EXPECT_EQ(answer_.body, "new\n");
}

TEST_F(ContainerLogsTest, SinceTimeOfAnyYearIsTaken) {
  pods_.Put("web", kRunning);
  cloud_.log = {{100, "one"}};

  Ask("sinceTime=0001-01-01T00:00:00Z");
  EXPECT_EQ(answer_.body, "one\n");
  Ask("sinceTime=9999-12-31T23:59:59Z");
  EXPECT_EQ(answer_.body, "");
}

TEST_F(ContainerLogsTest, KeptLogIsServedOnceTheCloudHasForgottenTheGroup) {
  pods_.Put("web", kEnded);
  pods_.Keep("web", {.group_id = "eci-1",
                     .current = {{"main",
                                  "1970-01-01T00:01:40Z one\n1970-01-01T00:01:41Z two\n"
                                  "1970-01-01T00:01:42Z three\n"}},
                     .previous = {}});
  const auto ask = [this](const std::string& query) {
    cloud_.failures = {Error(ErrorCode::kNotFound, "no such group")};
    Ask(query);
    return answer_.body;
  };

  EXPECT_EQ(ask(""), "one\ntwo\nthree\n");
  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(ask("tailLines=1"), "three\n");
  EXPECT_EQ(ask("sinceTime=1970-01-01T00%3A01%3A41Z"), "two\nthree\n");
  EXPECT_EQ(ask("limitBytes=6"), "one\ntw");
  EXPECT_EQ(ask("tailLines=1&timestamps=true"), "1970-01-01T00:01:42.000000000Z three\n");
}

TEST_F(ContainerLogsTest, WhileTheCloudHasTheLogItIsServedFromThere) {
  pods_.Put("web", kEnded);
  pods_.Keep(
      "web",
      {.group_id = "eci-1", .current = {{"main", "1970-01-01T00:01:40Z one\n"}}, .previous = {}});
  cloud_.log = {{100, "one"}, {101, "last words"}};
  Ask("");

  EXPECT_EQ(answer_.body, "one\nlast words\n");
}

TEST_F(ContainerLogsTest, TimestampsHaveNineDigits) {
  pods_.Put("web", kRunning);
  cloud_.log = {{100, "one"}, {101, "two", 5}};
  Ask("timestamps=true");

  EXPECT_EQ(answer_.body,
            "1970-01-01T00:01:40.000000000Z one\n1970-01-01T00:01:41.000000005Z two\n");
}

TEST_F(ContainerLogsTest, BadQueriesAreRefused) {
  pods_.Put("web", kRunning);
  struct Case {
    const char* query;
    int status;
    const char* text;
  };
  static constexpr Case kCases[] = {
      {"tailLines=x", 400, "tailLines=x: not a whole number"},
      {"tailLines=-1", 422, "tailLines=-1: has to be at least 0"},
      {"tail=-1", 422, "at least 0"},
      {"limitBytes=0", 422, "limitBytes=0: has to be at least 1"},
      {"sinceSeconds=0", 422, "at least 1"},
      {"sinceSeconds=99999999999999999999", 400, "not a whole number"},
      {"sinceTime=yesterday", 400, "not a time"},
      {"sinceTime=2026-08-02T15:00:00Z&sinceSeconds=5", 422, "at most one"},
      {"stream=Stderr", 422, "stdout and stderr"},
      {"tailLines=%4", 400, "query"}};
  for (const Case& c : kCases) {
    Ask(c.query);
    EXPECT_EQ(answer_.status, c.status) << c.query;
    EXPECT_THAT(answer_.body, HasSubstr(c.text)) << c.query;
  }
  EXPECT_EQ(cloud_.calls, 0);
  Ask("stream=All&sinceSeconds=9223372036854775807&insecure=1&follow=false");
  EXPECT_EQ(answer_.status, 200);
}

TEST_F(ContainerLogsTest, UnknownPodOrContainerIsNotFound) {
  Ask("");
  EXPECT_EQ(answer_.status, 404);
  EXPECT_EQ(answer_.body, "pod \"web\" does not exist");

  pods_.Put("web", kRunning);
  Ask("", "other");
  EXPECT_EQ(answer_.status, 404);
  EXPECT_EQ(answer_.body, "container \"other\" not found in pod \"web\"");

  pods_.set_synced(false);
  Ask("", "main", "unseen");
  EXPECT_EQ(answer_.status, 503);
}

TEST_F(ContainerLogsTest, ContainerThatHasNotStartedSaysWhatItWaitsFor) {
  pods_.Put("web", "", "", "uid-1", "Pending");
  Ask("");
  EXPECT_EQ(answer_.status, 400);
  EXPECT_EQ(answer_.body,
            "container \"main\" in pod \"web\" is waiting to start: ContainerCreating");

  pods_.Put("web", "state { waiting { reason: \"ErrImagePull\" } }");
  Ask("follow=true");
  EXPECT_EQ(answer_.status, 400);
  EXPECT_THAT(answer_.body, HasSubstr("waiting to start: ErrImagePull"));

  pods_.Put("web", "", "", "uid-1", "Failed");
  Ask("");
  EXPECT_EQ(answer_.status, 400);
  EXPECT_THAT(answer_.body, HasSubstr("never started"));

  pods_.Put("web", kRunning, "");
  Ask("");
  EXPECT_EQ(answer_.status, 400);
  EXPECT_THAT(answer_.body, HasSubstr("no container group"));
  EXPECT_EQ(cloud_.calls, 0);
}

TEST_F(ContainerLogsTest, PreviousLogIsThatOfTheRunBefore) {
  cloud_.log = {{200, "now"}};
  cloud_.previous_log = {{100, "before"}};
  pods_.Put("web", kRunning);
  Ask("previous=true");
  EXPECT_EQ(answer_.status, 400);
  EXPECT_EQ(answer_.body, "previous terminated container \"main\" in pod \"web\" not found");

  pods_.Put("web", kRestarted);
  Ask("previous=true&follow=true");
  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.body, "before\n");
  EXPECT_FALSE(running());
}

TEST_F(ContainerLogsTest, CrashedContainerShowsItsLastLog) {
  pods_.Put("web",
            "restartCount: 2 state { waiting { reason: \"CrashLoopBackOff\" } } "
            "lastState { terminated { exitCode: 1 } }");
  cloud_.log = {{100, "boom"}};
  Ask("follow=true");

  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.body, "boom\n");
  EXPECT_FALSE(running());
}

TEST_F(ContainerLogsTest, RefusalOfTheCloudIsTold) {
  struct Case {
    ErrorCode code;
    int status;
  };
  static constexpr Case kCases[] = {{ErrorCode::kNotFound, 404},
                                    {ErrorCode::kThrottled, 429},
                                    {ErrorCode::kUnavailable, 503},
                                    {ErrorCode::kDeadlineExceeded, 504},
                                    {ErrorCode::kPermissionDenied, 500}};
  pods_.Put("web", kRunning);
  for (const char* query : {"", "follow=true"}) {
    for (const Case& c : kCases) {
      Error error(c.code, "the cloud says no");
      error.request_id = "R-1";
      cloud_.failures = {error};
      Ask(query);
      EXPECT_EQ(answer_.status, c.status);
      EXPECT_EQ(answer_.body, "read log of container group eci-1: the cloud says no (request R-1)");
      EXPECT_FALSE(running());
    }
  }
}

TEST_F(ContainerLogsTest, FollowedLogGrowsAndEndsWithTheContainer) {
  pods_.Put("web", kRunning);
  Log("one");
  Ask("follow=true");
  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.body, "one\n");

  Log("two");
  clock_.Advance(1s);
  EXPECT_EQ(answer_.body, "one\ntwo\n");
  clock_.Advance(10s);
  EXPECT_EQ(answer_.body, "one\ntwo\n");
  EXPECT_EQ(cloud_.calls, 12);

  Log("last");
  pods_.Put("web", kEnded);
  clock_.Advance(1s);
  EXPECT_EQ(answer_.body, "one\ntwo\nlast\n");
  EXPECT_FALSE(running());
  EXPECT_FALSE(answer_.dropped);
}

TEST_F(ContainerLogsTest, FollowBeginsBeforeTheFirstLine) {
  pods_.Put("web", kRunning);
  Ask("follow=true");
  EXPECT_EQ(answer_.status, 200);

  Log("one");
  clock_.Advance(1s);
  EXPECT_EQ(answer_.body, "one\n");
}

TEST_F(ContainerLogsTest, EqualLinesOfOneSecondAreAllSentOnce) {
  pods_.Put("web", kRunning);
  Log("tick");
  Log("tick");
  Ask("follow=true");
  EXPECT_EQ(answer_.body, "tick\ntick\n");

  Log("tick");
  clock_.Advance(300ms);
  clock_.Advance(700ms);
  EXPECT_EQ(answer_.body, "tick\ntick\ntick\n");
  clock_.Advance(5s);
  EXPECT_EQ(answer_.body, "tick\ntick\ntick\n");
}

TEST_F(ContainerLogsTest, FollowWithTailSendsNothingOlder) {
  pods_.Put("web", kRunning);
  for (const char* text : {"a", "b", "c"}) Log(text);
  Ask("follow=true&tailLines=1");
  EXPECT_EQ(answer_.body, "c\n");
  Log("d");
  clock_.Advance(2s);
  EXPECT_EQ(answer_.body, "c\nd\n");

  Ask("follow=true&tailLines=0&timestamps=true");
  EXPECT_EQ(answer_.body, "");
  EXPECT_EQ(answer_.status, 200);
}

TEST_F(ContainerLogsTest, LineThatReachesTheLogLateIsNotLost) {
  pods_.Put("web", kRunning);
  const std::int64_t now = WallSeconds();
  cloud_.log = {{now, "out"}};
  Ask("follow=true");
  cloud_.log.push_back({now - 1, "err"});
  clock_.Advance(1s);

  EXPECT_EQ(answer_.body, "out\nerr\n");
}

TEST_F(ContainerLogsTest, FollowStopsAtTheLimitOfBytes) {
  pods_.Put("web", kRunning);
  Log("one");
  Ask("follow=true&limitBytes=6");
  Log("two");
  clock_.Advance(1s);

  EXPECT_EQ(answer_.body, "one\ntw");
  EXPECT_FALSE(running());
}

TEST_F(ContainerLogsTest, FollowEndsWhenTheClientGoes) {
  pods_.Put("web", kRunning);
  Log("one");
  Ask("follow=true");
  const int calls = cloud_.calls;
  answer_.gone = true;
  clock_.Advance(1s);

  EXPECT_FALSE(running());
  EXPECT_EQ(cloud_.calls, calls);
}

TEST_F(ContainerLogsTest, FollowEndsWhenThePodIsGoneOrAnother) {
  pods_.Put("web", kRunning);
  Log("one");
  Ask("follow=true");
  pods_.Remove("web");
  pods_.set_synced(false);
  clock_.Advance(3s);
  EXPECT_TRUE(running());
  pods_.set_synced(true);
  Log("two");
  clock_.Advance(1s);
  EXPECT_FALSE(running());
  EXPECT_EQ(answer_.body, "one\ntwo\n");

  pods_.Put("web", kRunning);
  Ask("follow=true");
  pods_.Put("web", kRunning, "eci-2", "uid-2");
  clock_.Advance(1s);
  EXPECT_FALSE(running());
}

TEST_F(ContainerLogsTest, RestartEndsTheFollowAfterTheOldLog) {
  pods_.Put("web", kRunning);
  Log("one");
  Ask("follow=true");

  Log("last words");
  cloud_.previous_log = std::exchange(cloud_.log, {});
  clock_.Advance(500ms);
  Log("started again");
  clock_.Advance(1s);
  EXPECT_EQ(answer_.body, "one\n");
  pods_.Put("web", kRestarted);
  clock_.Advance(1s);

  EXPECT_EQ(answer_.body, "one\nlast words\n");
  EXPECT_FALSE(running());
}

TEST_F(ContainerLogsTest, RestartIsNoticedAlsoWhenOnlyTheEndIsTold) {
  pods_.Put("web", kRunning);
  Log("one");
  Ask("follow=true");

  Log("last words");
  cloud_.previous_log = std::exchange(cloud_.log, {});
  Log("started again");
  pods_.Put("web", kEnded);
  clock_.Advance(1s);

  EXPECT_EQ(answer_.body, "one\nlast words\n");
  EXPECT_FALSE(running());
}

TEST_F(ContainerLogsTest, LogThatLostItsBeginningGoesOnWithANotice) {
  pods_.Put("web", kRunning);
  Log("one");
  Ask("follow=true");
  cloud_.log.clear();
  Log("two");
  clock_.Advance(7s);

  EXPECT_THAT(answer_.body, testing::MatchesRegex("one\nvirtual-node: lines are missing.*\ntwo\n"));
  EXPECT_TRUE(running());
}

TEST_F(ContainerLogsTest, PassingTroubleOfTheCloudDelaysOnly) {
  pods_.Put("web", kRunning);
  Log("one");
  Ask("follow=true");
  Log("two");
  cloud_.failures = {Error(ErrorCode::kThrottled, "slow"), Error(ErrorCode::kUnavailable, "away"),
                     Error(ErrorCode::kDeadlineExceeded, "late")};
  clock_.Advance(1s);
  EXPECT_EQ(answer_.body, "one\n");
  clock_.Advance(15s);

  EXPECT_EQ(answer_.body, "one\ntwo\n");
  EXPECT_TRUE(running());
}

TEST_F(ContainerLogsTest, RefusalForGoodBreaksTheAnswerOff) {
  pods_.Put("web", kRunning);
  Ask("follow=true");
  cloud_.failures = {Error(ErrorCode::kPermissionDenied, "no")};
  clock_.Advance(1s);

  EXPECT_FALSE(running());
  EXPECT_TRUE(answer_.dropped);
}

TEST_F(ContainerLogsTest, GroupThatIsGoneEndsTheAnswer) {
  pods_.Put("web", kRunning);
  Ask("follow=true");
  cloud_.failures = {Error(ErrorCode::kNotFound, "gone")};
  clock_.Advance(1s);

  EXPECT_FALSE(running());
  EXPECT_FALSE(answer_.dropped);
}

TEST_F(ContainerLogsTest, TroubleAfterTheEndIsRetriedAndThenTold) {
  pods_.Put("web", kRunning);
  Ask("follow=true");
  Log("last");
  pods_.Put("web", kEnded);
  cloud_.failures.assign(3, Error(ErrorCode::kUnavailable, "away"));
  clock_.Advance(30s);
  EXPECT_EQ(answer_.body, "last\n");
  EXPECT_FALSE(answer_.dropped);

  pods_.Put("web", kRunning);
  Ask("follow=true");
  pods_.Put("web", kEnded);
  cloud_.failures.assign(100, Error(ErrorCode::kUnavailable, "away"));
  clock_.Advance(120s);
  EXPECT_FALSE(running());
  EXPECT_TRUE(answer_.dropped);
}

TEST_F(ContainerLogsTest, FollowSaysWhereTheCloudLeftLinesOut) {
  pods_.Put("web", kRunning);
  Log("first");
  Ask("follow=true");
  for (int i = 0; i < 2500; ++i) Log(std::to_string(i));
  clock_.Advance(1s);
  for (int i = 2500; i < 4000; ++i) Log(std::to_string(i));
  clock_.Advance(3s);

  std::string expected;
  for (int i = 500; i < 4000; ++i) expected += std::to_string(i) + "\n";
  ASSERT_THAT(answer_.body, testing::StartsWith("first\nvirtual-node: lines are missing"));
  EXPECT_EQ(answer_.body.substr(answer_.body.find("\n500\n") + 1), expected);
}

TEST_F(ContainerLogsTest, AnswersCutByTheirSizeAreReadOn) {
  pods_.Put("web", kRunning);
  const std::int64_t now = WallSeconds();
  std::string expected;
  for (int i = 0; i < 1900; ++i) {
    cloud_.log.push_back({now + i / 400, std::to_string(i) + std::string(1000, 'x')});
    expected += cloud_.log.back().text + "\n";
  }
  Ask("follow=true");
  clock_.Advance(100ms);
  EXPECT_TRUE(answer_.body == expected) << answer_.body.size() << " of " << expected.size();

  const std::size_t tail = 3 * 1005 + 0;
  Ask("follow=true&tailLines=3");
  EXPECT_EQ(answer_.body, expected.substr(expected.size() - tail));
}

TEST_F(ContainerLogsTest, SecondThatIsTooLongIsGivenUpWithANotice) {
  pods_.Put("web", kRunning);
  const std::int64_t now = WallSeconds();
  for (int i = 0; i < 1500; ++i) cloud_.log.push_back({now, std::string(1000, 'x')});
  cloud_.log.push_back({now + 1, "after"});
  Ask("follow=true");
  clock_.Advance(3s);

  EXPECT_THAT(answer_.body, HasSubstr("virtual-node: lines are missing"));
  EXPECT_THAT(answer_.body, testing::EndsWith("\nafter\n"));
}

// Whatever the pace below the limit of one answer, whatever the resolution of the cloud's clock:
// every line, once, in order.
TEST_F(ContainerLogsTest, RandomLogsArriveWholeAndInOrder) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    base::Random random(seed);
    cloud_.log.clear();
    cloud_.failures.clear();
    pods_.Put("web", kRunning);
    const bool fine = random.Chance(0.5);
    std::string expected;
    const auto grow = [&](std::int64_t count) {
      for (; count > 0; --count) {
        const std::string text(1, static_cast<char>('a' + random.Between(0, 1)));
        const std::int64_t late = random.Chance(0.1) ? random.Between(0, 1) : 0;
        cloud_.log.push_back({WallSeconds() - late, text,
                              fine ? static_cast<int>(random.Between(0, 999'999'999)) : -1});
        expected += text + "\n";
      }
    };
    grow(random.Between(0, 30));
    Ask("follow=true");
    for (int turn = 0; turn < 20; ++turn) {
      grow(random.Between(0, 1) * random.Between(0, 90));
      if (cloud_.failures.empty() && random.Chance(0.2))
        cloud_.failures.emplace_back(ErrorCode::kUnavailable, "away");
      clock_.Advance(std::chrono::milliseconds(random.Between(50, 1500)));
    }
    grow(random.Between(0, 5));
    pods_.Put("web", kEnded);
    clock_.Advance(60s);
    ASSERT_FALSE(running());
    ASSERT_FALSE(answer_.dropped);
    ASSERT_TRUE(answer_.body == expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace vk::kubelet
