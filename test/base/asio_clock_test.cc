#include "base/asio_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/task_group.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class AsioClockTest : public testing::Test {
 protected:
  static asio::awaitable<void> Sleep(Clock* clock, TimePoint when, int id, std::vector<int>* woken,
                                     std::vector<int>* cancelled) {
    const Status slept = co_await clock->SleepUntil(when);
    (slept ? woken : cancelled)->push_back(id);
  }

  void Start(TimePoint when, int id, TaskGroup& group) {
    group.Spawn("sleep", Sleep(&clock_, when, id, &woken_, &cancelled_));
  }

  asio::io_context io_{1};
  AsioClock clock_{io_};
  TaskGroup group_{io_.get_executor()};
  std::vector<int> woken_;
  std::vector<int> cancelled_;
};

TEST_F(AsioClockTest, EqualMomentsWakeInTheOrderTheyCame) {
  const TimePoint when = clock_.Now() + 5ms;
  std::vector<int> expected;
  for (int id = 0; id < 50; ++id) {
    Start(when, id, group_);
    expected.push_back(id);
  }

  io_.run();

  EXPECT_EQ(woken_, expected);
  EXPECT_GE(clock_.Now(), when);
}

TEST_F(AsioClockTest, EarlierMomentWakesFirstWhicheverCameFirst) {
  const TimePoint now = clock_.Now();
  Start(now + 6ms, 3, group_);
  Start(now + 2ms, 1, group_);
  Start(now + 4ms, 2, group_);
  Start(now - 1ms, 0, group_);

  io_.run();

  EXPECT_THAT(woken_, testing::ElementsAre(0, 1, 2, 3));
}

TEST_F(AsioClockTest, CancelledSleepersLeaveNoAlarmBehind) {
  TaskGroup others(io_.get_executor());
  Start(clock_.Now() + 1h, 1, group_);
  Start(clock_.Now() + 2h, 2, group_);
  Start(clock_.Now() + 2ms, 3, others);
  io_.poll();

  group_.Cancel();
  io_.run();  // Would run for an hour.

  EXPECT_THAT(cancelled_, testing::ElementsAre(1, 2));
  EXPECT_THAT(woken_, testing::ElementsAre(3));
}

TEST_F(AsioClockTest, ClockMayEndBeforeItsSleepersFrames) {
  auto io = std::make_unique<asio::io_context>(1);
  auto clock = std::make_unique<AsioClock>(*io);
  auto group = std::make_unique<TaskGroup>(io->get_executor());
  group->Spawn("sleep", Sleep(clock.get(), clock->Now() + 1h, 1, &woken_, &cancelled_));
  io->poll();

  clock.reset();
  group.reset();
  io.reset();

  EXPECT_TRUE(woken_.empty());
  EXPECT_TRUE(cancelled_.empty());
}

}  // namespace
}  // namespace vk::base
