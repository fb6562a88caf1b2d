#include "base/event.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/task_group.h"
#include "test/base/manual_clock.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class EventTest : public testing::Test {
 protected:
  static asio::awaitable<void> Wait(Event* event, std::vector<Status>* ends) {
    ends->push_back(co_await event->Wait());
  }

  static asio::awaitable<void> WaitUntil(Event* event, Clock* clock, TimePoint when,
                                         std::vector<Status>* ends) {
    ends->push_back(co_await event->WaitUntil(*clock, when));
  }

  asio::io_context io_{1};
  ManualClock clock_{io_};
  Event event_{io_.get_executor()};
  TaskGroup group_{io_.get_executor()};
  std::vector<Status> ends_;
};

TEST_F(EventTest, SetWakesTheWaiterButNeverInline) {
  group_.Spawn("wait", Wait(&event_, &ends_));
  clock_.Advance(0s);
  EXPECT_TRUE(ends_.empty());

  event_.Set();
  EXPECT_TRUE(ends_.empty());
  clock_.Advance(0s);

  ASSERT_EQ(ends_.size(), 1u);
  EXPECT_TRUE(ends_[0]);
}

TEST_F(EventTest, ManySetsCountAsOne) {
  event_.Set();
  event_.Set();
  group_.Spawn("first", Wait(&event_, &ends_));
  clock_.Advance(0s);
  group_.Spawn("second", Wait(&event_, &ends_));
  clock_.Advance(0s);

  EXPECT_EQ(ends_.size(), 1u);
}

TEST_F(EventTest, CancelledWaitLeavesTheNextSetToTheNextWaiter) {
  group_.Spawn("first", Wait(&event_, &ends_));
  clock_.Advance(0s);
  group_.Cancel();
  clock_.Advance(0s);
  ASSERT_EQ(ends_.size(), 1u);
  EXPECT_EQ(ends_[0].error().code, ErrorCode::kCancelled);

  TaskGroup others(io_.get_executor());
  event_.Set();
  others.Spawn("second", Wait(&event_, &ends_));
  clock_.Advance(0s);

  ASSERT_EQ(ends_.size(), 2u);
  EXPECT_TRUE(ends_[1]);
}

TEST_F(EventTest, WaitUntilEndsAtItsMoment) {
  group_.Spawn("wait", WaitUntil(&event_, &clock_, clock_.Now() + 1s, &ends_));
  clock_.Advance(999ms);
  EXPECT_TRUE(ends_.empty());

  clock_.Advance(1ms);

  ASSERT_EQ(ends_.size(), 1u);
  EXPECT_EQ(ends_[0].error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(EventTest, SetBeforeTheMomentEndsWaitUntil) {
  group_.Spawn("wait", WaitUntil(&event_, &clock_, clock_.Now() + 1s, &ends_));
  clock_.Advance(999ms);

  event_.Set();
  clock_.Advance(0s);

  ASSERT_EQ(ends_.size(), 1u);
  EXPECT_TRUE(ends_[0]);
}

}  // namespace
}  // namespace vk::base
