#include "base/semaphore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/deadline.h"
#include "base/task_group.h"
#include "test/base/manual_clock.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::ElementsAre;

class SemaphoreTest : public testing::Test {
 protected:
  void Start(int id, TaskGroup& group) {
    group.Spawn("caller", Take(&semaphore_, id, &holders_, &refused_));
    clock_.Advance(0s);
  }

  static asio::awaitable<void> Take(Semaphore* semaphore, int id, std::vector<int>* holders,
                                    std::vector<int>* refused) {
    const Status taken = co_await semaphore->Acquire();
    (taken ? holders : refused)->push_back(id);
  }

  void Release() {
    semaphore_.Release();
    clock_.Advance(0s);
  }

  asio::io_context io_{1};
  ManualClock clock_{io_};
  Semaphore semaphore_{2, io_.get_executor()};
  TaskGroup group_{io_.get_executor()};
  TaskGroup others_{io_.get_executor()};
  std::vector<int> holders_;
  std::vector<int> refused_;
};

TEST_F(SemaphoreTest, PermitsGoOutInTheOrderOfAsking) {
  for (int id = 0; id < 5; ++id) Start(id, group_);
  EXPECT_THAT(holders_, ElementsAre(0, 1));

  Release();
  EXPECT_THAT(holders_, ElementsAre(0, 1, 2));
  Release();
  Release();
  Release();
  Start(5, group_);
  EXPECT_THAT(holders_, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(SemaphoreTest, CancelledWaiterTakesNothing) {
  Start(0, group_);
  Start(1, group_);
  Start(2, others_);

  others_.Cancel();
  clock_.Advance(0s);
  Start(3, group_);
  Release();

  EXPECT_THAT(refused_, ElementsAre(2));
  EXPECT_THAT(holders_, ElementsAre(0, 1, 3));
}

TEST_F(SemaphoreTest, WaiterCancelledInTheSameTurnAsItsGrantLosesNoPermit) {
  Start(0, group_);
  Start(1, group_);
  Start(2, others_);

  semaphore_.Release();
  others_.Cancel();
  clock_.Advance(0s);
  if (!refused_.empty()) Start(3, group_);

  EXPECT_EQ(holders_.size(), 3u);
}

TEST_F(SemaphoreTest, CancelledCallerIsRefusedThoughAPermitIsFree) {
  others_.Cancel();
  Start(0, others_);

  EXPECT_THAT(refused_, ElementsAre(0));
}

}  // namespace
}  // namespace vk::base
