#include "base/task_group.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/event.h"
#include "base/rate_limiter.h"
#include "test/base/manual_clock.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class TaskGroupTest : public testing::Test {
 protected:
  TaskGroup::BugHandler NoteBug() {
    return [this](std::string_view task, const std::exception_ptr& bug) {
      try {
        std::rethrow_exception(bug);
      } catch (const std::exception& thrown) {
        bugs_.push_back(std::string(task) + ": " + thrown.what());
      }
    };
  }

  // Sleeps for a second and keeps how that went.
  static asio::awaitable<void> SleepOnce(Clock* clock, std::vector<Status>* ends) {
    ends->push_back(co_await clock->SleepUntil(clock->Now() + 1s));
  }

  static asio::awaitable<void> Throw() {
    throw std::runtime_error("broken");
    co_return;
  }

  static asio::awaitable<void> JoinThenNote(TaskGroup* group, bool* joined) {
    co_await group->Join();
    *joined = true;
  }

  asio::io_context io_{1};
  ManualClock clock_{io_};
  std::vector<std::string> bugs_;
  TaskGroup group_{io_.get_executor(), NoteBug()};
  std::vector<Status> ends_;
};

TEST_F(TaskGroupTest, TaskStartsAtTheNextTurnAndLeavesTheGroupAtItsEnd) {
  group_.Spawn("sleep", SleepOnce(&clock_, &ends_));
  EXPECT_EQ(group_.size(), 1u);

  clock_.Advance(1s);

  ASSERT_EQ(ends_.size(), 1u);
  EXPECT_TRUE(ends_[0]);
  EXPECT_EQ(group_.size(), 0u);
}

TEST_F(TaskGroupTest, CancelEndsEveryTaskWithAValue) {
  group_.Spawn("one", SleepOnce(&clock_, &ends_));
  group_.Spawn("two", SleepOnce(&clock_, &ends_));
  clock_.Advance(0s);

  group_.Cancel();
  clock_.Advance(0s);

  ASSERT_EQ(ends_.size(), 2u);
  EXPECT_EQ(ends_[0].error().code, ErrorCode::kCancelled);
  EXPECT_EQ(group_.size(), 0u);
  EXPECT_TRUE(bugs_.empty());
}

TEST_F(TaskGroupTest, CancelBeforeTheFirstTurnIsAValueToo) {
  group_.Spawn("one", SleepOnce(&clock_, &ends_));
  group_.Cancel();

  clock_.Advance(0s);

  ASSERT_EQ(ends_.size(), 1u);
  EXPECT_EQ(ends_[0].error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(bugs_.empty());
}

TEST_F(TaskGroupTest, SpawnAfterCancelStartsCancelled) {
  group_.Cancel();
  group_.Spawn("late", SleepOnce(&clock_, &ends_));

  clock_.Advance(0s);

  ASSERT_EQ(ends_.size(), 1u);
  EXPECT_EQ(ends_[0].error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(bugs_.empty());
}

// One wait of each kind, a second apart.
asio::awaitable<void> AwaitEverything(ManualClock* clock, Event* event, RateLimiter* limiter,
                                      std::vector<Status>* ends) {
  ends->push_back(co_await clock->SleepUntil(clock->Now() + 1s));
  ends->push_back(co_await event->Wait());
  ends->push_back(co_await limiter->Acquire());
  ends->push_back(co_await WithDeadline<void>(*clock, clock->Now() + 1h, "sleep",
                                              clock->SleepUntil(clock->Now() + 1s)));
  const Status set = co_await event->WaitUntil(*clock, clock->Now() + 1s);
  const bool quiet = !set && set.error().code == ErrorCode::kDeadlineExceeded;
  ends->push_back(quiet ? Status() : set);
}

TEST_F(TaskGroupTest, CancelAtAnyAwaitIsSeenAsAValueFromThereOn) {
  constexpr std::size_t kAwaits = 5;
  for (std::size_t passed = 0; passed <= kAwaits; ++passed) {
    Event event(io_.get_executor());
    RateLimiter limiter({.per_second = 1, .burst = 1}, clock_, io_.get_executor());
    limiter.Pause(3s);
    TaskGroup group(io_.get_executor(), NoteBug());
    std::vector<Status> ends;
    group.Spawn("everything", AwaitEverything(&clock_, &event, &limiter, &ends));
    for (std::size_t second = 0; second < passed; ++second) {
      clock_.Advance(1s);
      if (second == 1) event.Set();
    }
    clock_.Advance(0s);
    ASSERT_EQ(ends.size(), passed);

    group.Cancel();
    clock_.Advance(0s);

    ASSERT_EQ(ends.size(), kAwaits);
    for (std::size_t i = 0; i < kAwaits; ++i) {
      EXPECT_EQ(ends[i].has_value(), i < passed) << "await " << i << " of " << passed << " passed";
      if (!ends[i]) EXPECT_EQ(ends[i].error().code, ErrorCode::kCancelled);
    }
    EXPECT_EQ(group.size(), 0u);
  }
  EXPECT_TRUE(bugs_.empty());
}

TEST_F(TaskGroupTest, JoinReturnsWhenNoTaskIsLeft) {
  TaskGroup joiners(io_.get_executor(), NoteBug());
  bool joined = false;
  group_.Spawn("one", SleepOnce(&clock_, &ends_));
  joiners.Spawn("join", JoinThenNote(&group_, &joined));

  clock_.Advance(999ms);
  EXPECT_FALSE(joined);
  clock_.Advance(1ms);

  EXPECT_TRUE(joined);
}

TEST_F(TaskGroupTest, JoinOfAnEmptyGroupReturnsAtOnce) {
  TaskGroup joiners(io_.get_executor(), NoteBug());
  bool joined = false;

  joiners.Spawn("join", JoinThenNote(&group_, &joined));
  clock_.Advance(0s);

  EXPECT_TRUE(joined);
}

TEST_F(TaskGroupTest, CancelledCallerStillJoins) {
  TaskGroup joiners(io_.get_executor(), NoteBug());
  bool joined = false;
  group_.Spawn("one", SleepOnce(&clock_, &ends_));
  joiners.Spawn("join", JoinThenNote(&group_, &joined));
  clock_.Advance(0s);

  joiners.Cancel();
  clock_.Advance(0s);
  EXPECT_FALSE(joined);
  clock_.Advance(1s);

  EXPECT_TRUE(joined);
  EXPECT_TRUE(ends_[0]);
}

TEST_F(TaskGroupTest, ExceptionGoesToTheHandlerWithTheTasksName) {
  group_.Spawn("faulty", Throw());
  clock_.Advance(0s);

  ASSERT_EQ(bugs_.size(), 1u);
  EXPECT_EQ(bugs_[0], "faulty: broken");
  EXPECT_EQ(group_.size(), 0u);
}

TEST(TaskGroupDeathTest, ExceptionWithoutAHandlerAbortsWithTheTasksName) {
  const auto run = [] {
    asio::io_context io(1);
    TaskGroup group(io.get_executor());
    group.Spawn("faulty", []() -> asio::awaitable<void> {
      throw std::runtime_error("broken");
      co_return;
    }());
    io.run();
  };

  EXPECT_DEATH(run(), "bug: task faulty ended by exception: broken");
}

asio::awaitable<void> CleanUpAfter(Clock* clock, std::vector<Status>* ends) {
  ends->push_back(co_await clock->SleepUntil(clock->Now() + 1h));
  co_await Shielded([](Clock* time, std::vector<Status>* results) -> asio::awaitable<void> {
    results->push_back(co_await time->SleepUntil(time->Now() + 1s));
  }(clock, ends));
}

TEST_F(TaskGroupTest, ShieldedCleanUpRunsAfterCancellation) {
  group_.Spawn("work", CleanUpAfter(&clock_, &ends_));
  clock_.Advance(0s);

  group_.Cancel();
  group_.Cancel();
  clock_.Advance(1s);

  ASSERT_EQ(ends_.size(), 2u);
  EXPECT_FALSE(ends_[0]);
  EXPECT_TRUE(ends_[1]);
  EXPECT_EQ(group_.size(), 0u);
}

TEST(TaskGroupShutdownTest, ContextThatEndsDestroysTheFramesQuietly) {
  struct KillableContext : asio::io_context {
    using execution_context::shutdown;
  };
  KillableContext io;
  ManualClock clock(io);
  Event event(io.get_executor());
  RateLimiter limiter({.per_second = 1, .burst = 1}, clock, io.get_executor());
  for (int second = 0; second < 5; ++second) {
    std::vector<Status> ends;
    TaskGroup group(io.get_executor());
    group.Spawn("everything", AwaitEverything(&clock, &event, &limiter, &ends));
    clock.Advance(std::chrono::seconds(second));
  }

  io.shutdown();
}

}  // namespace
}  // namespace vk::base
