#include "tools/demo_client/batch_times.h"

#include <gtest/gtest.h>

namespace vk::demo {
namespace {

using std::chrono::milliseconds;

base::TimePoint At(int ms) { return base::TimePoint(milliseconds(ms)); }

TEST(BatchTimesTest, BatchIsAsSlowAsItsSlowestPodLessTheCloud) {
  const BatchTimes times =
      MeasureBatches({{.first = 1, .last = 2, .first_post = At(0), .last_post = At(100)}},
                     {{.running = At(5300), .cloud = milliseconds(5000)},
                      {.running = At(4500), .cloud = milliseconds(4000)}});

  EXPECT_EQ(times.added_s, std::vector<double>{0.4});
  EXPECT_EQ(times.total_s, 5.3);
}

TEST(BatchTimesTest, PauseBetweenBatchesIsNotAddedByTheAgent) {
  const BatchTimes times =
      MeasureBatches({{.first = 1, .last = 1, .first_post = At(1000), .last_post = At(1000)},
                      {.first = 2, .last = 2, .first_post = At(2250), .last_post = At(2250)}},
                     {{.running = At(1250), .cloud = {}}, {.running = At(2500), .cloud = {}}});

  EXPECT_EQ(times.added_s, (std::vector<double>{0.25, 0.25}));
  EXPECT_EQ(times.waited_s, std::vector<double>{1.0});
  EXPECT_EQ(times.total_s, 1.5);
}

TEST(BatchTimesTest, BatchThatDidNotWaitForRunningHasNoPause) {
  const BatchTimes times =
      MeasureBatches({{.first = 1, .last = 1, .first_post = At(0), .last_post = At(0)},
                      {.first = 2, .last = 2, .first_post = At(1000), .last_post = At(1000)}},
                     {{.running = At(8000), .cloud = {}}, {.running = At(2000), .cloud = {}}});

  EXPECT_TRUE(times.waited_s.empty());
  EXPECT_EQ(times.total_s, 8.0);
}

}  // namespace
}  // namespace vk::demo
