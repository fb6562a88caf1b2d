#include "base/deadline.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "base/task_group.h"
#include "test/base/manual_clock.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

using Answer = Result<std::unique_ptr<int>>;

// Answers 7 after `work`, or with what ended its sleep.
asio::awaitable<Answer> Work(Clock* clock, std::chrono::milliseconds work, int* ended) {
  const Status slept = co_await clock->SleepUntil(clock->Now() + work);
  ++*ended;
  if (!slept) co_return std::unexpected(slept.error());
  co_return std::make_unique<int>(7);
}

class DeadlineTest : public testing::Test {
 protected:
  void Start(asio::awaitable<Answer> operation, TimePoint when) {
    group_.Spawn("caller", Call(&clock_, when, std::move(operation), &answer_));
    clock_.Advance(0s);
  }

  static asio::awaitable<void> Call(Clock* clock, TimePoint when, asio::awaitable<Answer> operation,
                                    std::optional<Answer>* answer) {
    answer->emplace(co_await WithDeadline<std::unique_ptr<int>>(*clock, when, "ask the oracle",
                                                                std::move(operation)));
  }

  // Goes on as a cancelled task must not.
  static asio::awaitable<void> CallTwice(Clock* clock, asio::awaitable<Answer> first,
                                         asio::awaitable<Answer> second,
                                         std::optional<Answer>* answer) {
    (void)co_await WithDeadline<std::unique_ptr<int>>(*clock, clock->Now() + 1h, "ask",
                                                      std::move(first));
    answer->emplace(co_await WithDeadline<std::unique_ptr<int>>(*clock, clock->Now() + 1h, "ask",
                                                                std::move(second)));
  }

  asio::io_context io_{1};
  ManualClock clock_{io_};
  TaskGroup group_{io_.get_executor()};
  std::optional<Answer> answer_;
  int ended_ = 0;
};

TEST_F(DeadlineTest, OperationInTimeGivesItsValueAndLeavesNoSleeper) {
  Start(Work(&clock_, 10ms, &ended_), clock_.Now() + 1s);

  clock_.Advance(10ms);

  ASSERT_TRUE(answer_ && *answer_);
  EXPECT_EQ(***answer_, 7);
  EXPECT_EQ(group_.size(), 0u);
}

TEST_F(DeadlineTest, MomentFirstThenTheOperationIsCancelledAndHasEnded) {
  Start(Work(&clock_, 2s, &ended_), clock_.Now() + 1s);

  clock_.Advance(1s);

  ASSERT_TRUE(answer_ && !*answer_);
  EXPECT_EQ(answer_->error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(answer_->error().message, "ask the oracle: no end in time");
  EXPECT_EQ(ended_, 1);
}

TEST_F(DeadlineTest, MomentInThePastEndsAtOnce) {
  clock_.Advance(1h);
  Start(Work(&clock_, 2s, &ended_), clock_.Now() - 1s);

  ASSERT_TRUE(answer_ && !*answer_);
  EXPECT_EQ(answer_->error().code, ErrorCode::kDeadlineExceeded);
}

// What a read does whose bytes came in the turn in which it was cancelled.
asio::awaitable<Answer> SucceedWhenCancelled(Clock* clock) {
  (void)co_await clock->SleepUntil(clock->Now() + 1h);
  co_return std::make_unique<int>(7);
}

TEST_F(DeadlineTest, SuccessTogetherWithTheMomentIsNotThrownAway) {
  Start(SucceedWhenCancelled(&clock_), clock_.Now() + 1s);

  clock_.Advance(1s);

  ASSERT_TRUE(answer_ && *answer_);
  EXPECT_EQ(***answer_, 7);
}

TEST_F(DeadlineTest, CancelledCallerGetsCancelled) {
  Start(Work(&clock_, 2s, &ended_), clock_.Now() + 1s);

  group_.Cancel();
  clock_.Advance(0s);

  ASSERT_TRUE(answer_ && !*answer_);
  EXPECT_EQ(answer_->error().code, ErrorCode::kCancelled);
  EXPECT_EQ(ended_, 1);
}

TEST_F(DeadlineTest, CallerCancelledEarlierDoesNotStartTheOperation) {
  int second_ended = 0;
  group_.Spawn("caller", CallTwice(&clock_, Work(&clock_, 2s, &ended_),
                                   Work(&clock_, 2s, &second_ended), &answer_));
  clock_.Advance(0s);

  group_.Cancel();
  clock_.Advance(0s);

  ASSERT_TRUE(answer_ && !*answer_);
  EXPECT_EQ(answer_->error().code, ErrorCode::kCancelled);
  EXPECT_EQ(ended_, 1);
  EXPECT_EQ(second_ended, 0);
}

}  // namespace
}  // namespace vk::base
