#include "base/keyed_workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/base/manual_clock.h"

namespace vk::base {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class KeyedWorkersTest : public testing::Test {
 protected:
  KeyedWorkersTest() { workers_.Start(); }
  ~KeyedWorkersTest() override {
    tasks_.Cancel();
    clock_.Advance(0s);
  }

  // One step takes as long as the test says.
  boost::asio::awaitable<std::optional<TimePoint>> Step(std::string key) {
    begun_.push_back(key);
    if (takes_ > 0s) (void)co_await clock_.SleepUntil(clock_.Now() + takes_);
    const auto again = again_after_;
    again_after_.reset();
    if (!again) co_return std::nullopt;
    co_return clock_.Now() + *again;
  }

  boost::asio::io_context io_{1};
  ManualClock clock_{io_};
  TaskGroup tasks_{io_.get_executor()};
  std::vector<std::string> begun_;
  std::chrono::seconds takes_{0};
  std::optional<std::chrono::seconds> again_after_;
  KeyedWorkers workers_{"test", 2,      [this](std::string key) { return Step(std::move(key)); },
                        tasks_, clock_, io_.get_executor()};
};

TEST_F(KeyedWorkersTest, ManyPokesWhileItRunsAreOneMoreStep) {
  takes_ = 1s;
  workers_.Poke("a");
  clock_.Advance(100ms);
  for (int i = 0; i < 5; ++i) workers_.Poke("a");

  clock_.Advance(10s);

  EXPECT_THAT(begun_, ElementsAre("a", "a"));
  EXPECT_TRUE(workers_.idle());
}

TEST_F(KeyedWorkersTest, NoMoreThanAllowedRunAtOnceAndTheRestFollowInOrder) {
  takes_ = 1s;
  for (const char* key : {"a", "b", "c", "d"}) workers_.Poke(key);
  clock_.Advance(0s);
  EXPECT_EQ(workers_.active(), 2u);
  EXPECT_EQ(workers_.waiting(), 2u);

  clock_.Advance(10s);

  EXPECT_THAT(begun_, ElementsAre("a", "b", "c", "d"));
}

TEST_F(KeyedWorkersTest, StepIsRepeatedAtTheTimeItAskedFor) {
  again_after_ = 5s;
  workers_.Poke("a");
  clock_.Advance(4s);
  EXPECT_EQ(begun_.size(), 1u);

  clock_.Advance(1s);

  EXPECT_EQ(begun_.size(), 2u);
}

TEST_F(KeyedWorkersTest, PokeReplacesThePlannedTime) {
  again_after_ = 5s;
  workers_.Poke("a");
  clock_.Advance(1s);
  workers_.Poke("a");

  clock_.Advance(1min);

  EXPECT_EQ(begun_.size(), 2u);
}

TEST_F(KeyedWorkersTest, ForgottenKeyIsNotLookedAtAgain) {
  again_after_ = 5s;
  workers_.Poke("a");
  clock_.Advance(1s);
  workers_.Forget("a");

  clock_.Advance(1min);

  EXPECT_EQ(begun_.size(), 1u);
}

// Each forgotten key costs the same however many wait: with a scan of the queue for each, this test
// runs for minutes.
TEST_F(KeyedWorkersTest, ManyWaitingKeysAreForgottenAndTheRestGoOnInOrder) {
  constexpr int kKeys = 50'000;
  const auto key = [](int number) { return "some-longer-name-of-a-key-" + std::to_string(number); };
  for (int i = 0; i < kKeys; ++i) workers_.Poke(key(i));

  for (int i = kKeys - 3; i >= 2; --i) workers_.Forget(key(i));
  EXPECT_EQ(workers_.waiting(), 2u);
  clock_.Advance(0s);

  EXPECT_THAT(begun_, ElementsAre(key(0), key(1), key(kKeys - 2), key(kKeys - 1)));
}

}  // namespace
}  // namespace vk::base
