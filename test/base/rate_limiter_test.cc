#include "base/rate_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <vector>

#include "test/base/manual_clock.h"

namespace vk::base {
namespace {

using namespace std::chrono_literals;

class RateLimiterTest : public testing::Test {
 protected:
  // Starts `count` callers; each notes the moment it passed.
  void StartCallers(int count) {
    for (int caller = 0; caller < count; ++caller) {
      boost::asio::co_spawn(io_, Caller(caller), [](std::exception_ptr bug) {
        if (bug) std::rethrow_exception(bug);
      });
    }
    clock_.Advance(0s);
  }

  // Starts a caller that `signal` can cancel.
  void StartCancellableCaller(int caller, boost::asio::cancellation_signal& signal) {
    boost::asio::co_spawn(
        io_, Caller(caller),
        boost::asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr bug) {
          if (bug) std::rethrow_exception(bug);
        }));
    clock_.Advance(0s);
  }

  boost::asio::awaitable<void> Caller(int caller) {
    // A cancelled coroutine gets its cancellation as a value, not as an exception at the next
    // co_await.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    const Status passed = co_await limiter_.Acquire();
    if (passed) passed_.push_back({caller, clock_.Now() - TimePoint()});
  }

  struct Pass {
    int caller;
    std::chrono::nanoseconds at;
  };

  boost::asio::io_context io_{1};
  ManualClock clock_{io_};
  RateLimiter limiter_{{.per_second = 10, .burst = 3}, clock_, io_.get_executor()};
  std::vector<Pass> passed_;
};

TEST_F(RateLimiterTest, BurstPassesAtOnceAndTheRestAtTheRate) {
  StartCallers(5);
  ASSERT_EQ(passed_.size(), 3u);

  clock_.Advance(1s);

  ASSERT_EQ(passed_.size(), 5u);
  EXPECT_EQ(passed_[3].at, 100ms);
  EXPECT_EQ(passed_[4].at, 200ms);
}

TEST_F(RateLimiterTest, CallersPassInTheOrderTheyAsked) {
  StartCallers(6);

  clock_.Advance(1s);

  std::vector<int> order;
  for (const Pass& pass : passed_) order.push_back(pass.caller);
  EXPECT_THAT(order, testing::ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(RateLimiterTest, IdleTimeBuysNoMoreThanTheBurst) {
  clock_.Advance(1h);

  StartCallers(5);

  EXPECT_EQ(passed_.size(), 3u);
}

TEST_F(RateLimiterTest, PauseHoldsEverybodyUntilItIsOver) {
  limiter_.Pause(5s);

  StartCallers(1);
  clock_.Advance(4999ms);
  EXPECT_TRUE(passed_.empty());
  clock_.Advance(1ms);

  ASSERT_EQ(passed_.size(), 1u);
  EXPECT_EQ(passed_[0].at, 5s);
}

TEST_F(RateLimiterTest, PauseHoldsThoseWhoWaitAlready) {
  StartCallers(5);
  ASSERT_EQ(passed_.size(), 3u);
  limiter_.Pause(5s);

  clock_.Advance(10s);

  ASSERT_EQ(passed_.size(), 5u);
  EXPECT_EQ(passed_[3].at, 5s);
  EXPECT_EQ(passed_[4].at, 5100ms);
}

TEST_F(RateLimiterTest, ChangedRateHoldsFromTheNextTokenOn) {
  StartCallers(6);
  ASSERT_EQ(passed_.size(), 3u);
  limiter_.SetRate(5);

  clock_.Advance(1s);

  ASSERT_EQ(passed_.size(), 6u);
  EXPECT_EQ(passed_[3].at, 100ms);
  EXPECT_EQ(passed_[4].at, 300ms);
  EXPECT_EQ(passed_[5].at, 500ms);
}

TEST_F(RateLimiterTest, CancelledCallerSpendsNothingAndTheNextMovesUp) {
  StartCallers(3);
  boost::asio::cancellation_signal signal;
  StartCancellableCaller(7, signal);
  boost::asio::cancellation_signal unused;
  StartCancellableCaller(8, unused);

  signal.emit(boost::asio::cancellation_type::terminal);
  clock_.Advance(1s);

  ASSERT_EQ(passed_.size(), 4u);
  EXPECT_EQ(passed_[3].caller, 8);
  EXPECT_EQ(passed_[3].at, 100ms);
}

TEST_F(RateLimiterTest, LastInTheQueueGivesUpThenTheNextStillGetsItsTurn) {
  StartCallers(4);
  boost::asio::cancellation_signal signal;
  StartCancellableCaller(7, signal);

  signal.emit(boost::asio::cancellation_type::terminal);
  clock_.Advance(1s);
  StartCallers(1);

  EXPECT_EQ(passed_.size(), 5u);
}

}  // namespace
}  // namespace vk::base
