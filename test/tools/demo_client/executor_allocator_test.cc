#include "tools/demo_client/executor_allocator.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "base/task_group.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/base/manual_clock.h"
#include "tools/demo_client/spark_application.h"

namespace vk::demo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kPost{10};

class ExecutorAllocatorTest : public testing::Test {
 protected:
  ~ExecutorAllocatorTest() override {
    tasks_.Cancel();
    clock_.Advance(seconds(0));
  }

  void Start(ExecutorAllocator::Plan plan) {
    allocator_ = std::make_unique<ExecutorAllocator>(plan, board_, clock_,
                                                     [this](int id) { return Post(id); });
    tasks_.Spawn("allocator", Run());
    clock_.Advance(seconds(0));
  }

  // Each answer of the API server takes a moment.
  boost::asio::awaitable<base::Status> Post(int id) {
    posted_ = id;
    if (id == refused_) {
      co_return std::unexpected(base::Error(base::ErrorCode::kUnavailable, "refused"));
    }
    co_return co_await clock_.SleepUntil(clock_.Now() + kPost);
  }

  boost::asio::awaitable<void> Run() { result_ = co_await allocator_->Run(); }

  void Show(int id, const std::string& phase) {
    k8s::io::api::core::v1::Pod pod;
    pod.mutable_metadata()->set_name(ExecutorName(id));
    pod.mutable_status()->set_phase(phase);
    board_.OnEvent({.ns = "n", .name = ExecutorName(id), .uid = "u", .resource_version = "1"},
                   {.type = kube::WatchEventType::kModified, .object = kube::ToBytes(pod)});
  }

  boost::asio::io_context io_;
  base::ManualClock clock_{io_};
  PodBoard board_{clock_, io_.get_executor()};
  base::TaskGroup tasks_{io_.get_executor()};
  std::unique_ptr<ExecutorAllocator> allocator_;
  int posted_ = 0;   // The newest id.
  int refused_ = 0;  // The id that is refused.
  std::optional<base::Status> result_;
};

TEST_F(ExecutorAllocatorTest, Spark24AsksForTheNextBatchOnlyWhenAllOfTheLastRun) {
  Start({.rule = AllocationRule::kSpark24, .executors = 6, .batch = 2});
  clock_.Advance(kPost * 2);
  EXPECT_EQ(posted_, 2);
  Show(1, "Running");
  Show(2, "Pending");
  clock_.Advance(seconds(30));
  EXPECT_EQ(posted_, 2) << "one is Pending";

  Show(2, "Running");
  clock_.Advance(seconds(1) + kPost * 2);

  EXPECT_EQ(posted_, 4);
}

TEST_F(ExecutorAllocatorTest, LooksOneSecondAfterItWasDone) {
  Start({.rule = AllocationRule::kSpark24, .executors = 2, .batch = 1});
  Show(1, "Running");

  clock_.Advance(kPost + milliseconds(999));
  EXPECT_EQ(posted_, 1);
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(posted_, 2);
}

TEST_F(ExecutorAllocatorTest, Spark3AsksWhilePodsArePending) {
  Start({.rule = AllocationRule::kSpark3, .executors = 4, .batch = 2});
  Show(1, "Pending");
  Show(2, "Pending");

  clock_.Advance(seconds(1) + kPost * 4);

  EXPECT_EQ(posted_, 4);
}

class EveryRuleTest : public ExecutorAllocatorTest,
                      public testing::WithParamInterface<AllocationRule> {};

TEST_P(EveryRuleTest, PodThatWasNotSeenHoldsTheNextBatch) {
  Start({.rule = GetParam(), .executors = 4, .batch = 2});
  Show(1, "Running");
  clock_.Advance(seconds(30));
  EXPECT_EQ(posted_, 2);

  Show(2, "Running");
  clock_.Advance(seconds(1) + kPost * 2);

  EXPECT_EQ(posted_, 4);
}

INSTANTIATE_TEST_SUITE_P(Rules, EveryRuleTest,
                         testing::Values(AllocationRule::kSpark24, AllocationRule::kSpark3));

TEST_F(ExecutorAllocatorTest, LastBatchIsWhatIsLeft) {
  Start({.rule = AllocationRule::kSpark24, .executors = 3, .batch = 2});
  Show(1, "Running");
  Show(2, "Running");

  clock_.Advance(seconds(2));

  EXPECT_EQ(posted_, 3);
  EXPECT_TRUE(result_ && *result_) << "there is nothing left to ask for";
  ASSERT_EQ(allocator_->batches().size(), 2u);
  const Batch& first = allocator_->batches()[0];
  EXPECT_EQ(first.first_post, base::TimePoint());
  EXPECT_EQ(first.last_post, base::TimePoint(kPost)) << "after the answer to the first one";
  EXPECT_EQ(allocator_->batches()[1].first, 3);
  EXPECT_EQ(allocator_->batches()[1].last, 3);
}

TEST_F(ExecutorAllocatorTest, RefusedPodEndsIt) {
  refused_ = 2;
  Start({.rule = AllocationRule::kSpark24, .executors = 4, .batch = 2});

  clock_.Advance(seconds(1));

  ASSERT_TRUE(result_.has_value());
  ASSERT_FALSE(result_->has_value());
  EXPECT_EQ(result_->error().message, "refused");
}

}  // namespace
}  // namespace vk::demo
