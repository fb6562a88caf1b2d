#include "tools/demo_client/report.h"

#include <gtest/gtest.h>

#include <numeric>

namespace vk::demo {
namespace {

TEST(NearestRankTest, IsTheSampleThatEnoughOthersDoNotExceed) {
  std::vector<double> hundred(100);
  std::iota(hundred.begin(), hundred.end(), 1);

  EXPECT_EQ(NearestRank(hundred, 50), 50);
  EXPECT_EQ(NearestRank(hundred, 93), 93);
  EXPECT_EQ(NearestRank(hundred, 100), 100);
  EXPECT_EQ(NearestRank({7}, 1), 7);
  EXPECT_EQ(NearestRank({1, 2, 3}, 50), 2);
}

TEST(ReportTest, UnsortedSamplesGiveExactPercentiles) {
  Measurements measurements;
  measurements.executors = 3;
  measurements.profile = "instant";
  measurements.submitted_to_running_s = {0.3, 0.1, 0.2};
  measurements.agent_added_ms = {5, 1.5, 2};
  measurements.eci_calls = {{"CreateContainerGroup", 4}};
  measurements.api_requests = RequestCounts{{"PATCH pods/status", 8}};
  measurements.leaked_groups = 0;
  measurements.allocation =
      Allocation{.rule = "spark-2.4",
                 .batch = 2,
                 .times = {.added_s = {0.3, 0.1}, .waited_s = {0.9}, .total_s = 1.5}};

  EXPECT_EQ(ReportJson(measurements), R"({
  "schema": 1,
  "executors": 3,
  "profile": "instant",
  "submitted_to_running_s": {"p50": 0.200, "p93": 0.300, "p99": 0.300, "max": 0.300},
  "cloud_create_to_running_s": null,
  "added_s": null,
  "agent_added_ms": {"p50": 2.000, "p99": 5.000, "max": 5.000},
  "agent_added_excl_api_ms": null,
  "allocation": {"rule": "spark-2.4", "batch": 2, "batches": 2, "added_per_batch_s": {"p50": 0.100, "max": 0.300}, "allocator_wait_s": {"p50": 0.900, "max": 0.900}, "total_s": 1.500},
  "eci_calls": {"CreateContainerGroup": 4},
  "api_requests": {"PATCH pods/status": 8},
  "leaked_groups": 0,
  "doubled_groups": 0
}
)");
}

TEST(ReportTest, WhatWasNotLookedForIsNull) {
  const std::string report = ReportJson({});

  EXPECT_NE(report.find("\"leaked_groups\": null"), std::string::npos);
  EXPECT_NE(report.find("\"api_requests\": null"), std::string::npos);
  EXPECT_NE(report.find("\"allocation\": null"), std::string::npos);
}

TEST(StartUpCurveTest, LastBarHoldsAllPods) {
  const std::string curve = StartUpCurve({1.5, 0.5, 12.0, 29.0});

  EXPECT_NE(curve.find("   1.00 s      1   25 %"), std::string::npos) << curve;
  EXPECT_NE(curve.find("  29.00 s      4  100 %"), std::string::npos) << curve;
  EXPECT_EQ(curve.find("  30.00 s"), std::string::npos) << curve;
}

}  // namespace
}  // namespace vk::demo
