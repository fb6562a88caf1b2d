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

  // Calls `start` with a moment and a unit of time until all its sleepers have gone to sleep before
  // the first of them is due, which it returns; the unit grows, since the machine may be busy.
  template <class F>
  TimePoint StartInTime(F start) {
    for (std::chrono::milliseconds unit = 4ms;; unit *= 2) {
      const TimePoint first = start(clock_.Now(), unit);
      while (io_.poll() > 0 && woken_.empty()) {
      }
      if (woken_.empty()) return first;
      io_.run();
      io_.restart();
      woken_.clear();
    }
  }

  asio::io_context io_{1};
  AsioClock clock_{io_};
  TaskGroup group_{io_.get_executor()};
  std::vector<int> woken_;
  std::vector<int> cancelled_;
};

TEST_F(AsioClockTest, EqualMomentsWakeInTheOrderTheyCame) {
  std::vector<int> expected;
  for (int id = 0; id < 50; ++id) expected.push_back(id);
  const TimePoint when = StartInTime([&](TimePoint base, std::chrono::milliseconds unit) {
    for (const int id : expected) Start(base + unit, id, group_);
    return base + unit;
  });

  io_.run();

  EXPECT_EQ(woken_, expected);
  EXPECT_GE(clock_.Now(), when);
}

TEST_F(AsioClockTest, EarlierMomentWakesFirstWhicheverCameFirst) {
  StartInTime([&](TimePoint base, std::chrono::milliseconds unit) {
    Start(base + 3 * unit, 3, group_);
    Start(base + unit, 1, group_);
    Start(base + 2 * unit, 2, group_);
    return base + unit;
  });

  io_.run();

  EXPECT_THAT(woken_, testing::ElementsAre(1, 2, 3));
}

TEST_F(AsioClockTest, MomentInThePastWakesAtOnce) {
  Start(clock_.Now() - 1ms, 1, group_);

  io_.poll();

  EXPECT_THAT(woken_, testing::ElementsAre(1));
}

TEST_F(AsioClockTest, CancelledSleepersLeaveNoAlarmBehind) {
  Start(clock_.Now() + 1h, 1, group_);
  Start(clock_.Now() + 2h, 2, group_);
  io_.poll();

  group_.Cancel();
  io_.run_for(10s);

  EXPECT_TRUE(io_.stopped()) << "something is left to wait for";
  EXPECT_THAT(cancelled_, testing::ElementsAre(1, 2));
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
