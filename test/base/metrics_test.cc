#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vk::base {
namespace {

using testing::HasSubstr;

TEST(MetricsTest, CounterAddsUpUnderItsLabels) {
  Metrics metrics;

  metrics.GetCounter("calls_total", "Calls.", {{"action", "create"}}).Add();
  metrics.GetCounter("calls_total", "Calls.", {{"action", "create"}}).Add(2);
  metrics.GetCounter("calls_total", "Calls.", {{"action", "delete"}}).Add();

  EXPECT_EQ(metrics.GetCounter("calls_total", "Calls.", {{"action", "create"}}).Value(), 3);
  EXPECT_THAT(metrics.Text(), HasSubstr("# HELP calls_total Calls.\n# TYPE calls_total counter\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr("calls_total{action=\"create\"} 3\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr("calls_total{action=\"delete\"} 1\n"));
}

TEST(MetricsTest, SameNameAndLabelsGiveTheSameObject) {
  Metrics metrics;

  EXPECT_EQ(&metrics.GetGauge("depth", "Depth."), &metrics.GetGauge("depth", "Depth."));
  EXPECT_NE(&metrics.GetGauge("depth", "Depth."),
            &metrics.GetGauge("depth", "Depth.", {{"queue", "a"}}));
}

TEST(MetricsTest, GaugeShowsItsLastLevel) {
  Metrics metrics;
  Gauge& gauge = metrics.GetGauge("depth", "Depth.");

  gauge.Set(5);
  gauge.Set(2);

  EXPECT_EQ(gauge.Value(), 2);
  EXPECT_THAT(metrics.Text(), HasSubstr("depth 2\n"));
}

TEST(MetricsTest, HistogramCountsInCumulativeBuckets) {
  Metrics metrics;
  Histogram& histogram = metrics.GetHistogram("wait_seconds", "Wait.", {0.1, 1});

  histogram.Observe(0.05);
  histogram.Observe(0.5);
  histogram.Observe(5);

  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("wait_seconds_count 3\n"));
}

}  // namespace
}  // namespace vk::base
