#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/demo_client/batch_times.h"
#include "tools/demo_client/request_counts.h"

namespace vk::demo {

// Value of which `percent` of the samples are not above, by the nearest rank: always one of the
// samples. REQUIRES: sorted, not empty, 0 < percent <= 100.
double NearestRank(const std::vector<double>& sorted, double percent);

// How executors were asked for, unless all were at once.
struct Allocation {
  std::string rule;
  int batch = 0;
  BatchTimes times;
};

// All that a run brought. Samples are of executors alone, one each, in any order; an empty list was
// not measured and becomes null.
struct Measurements {
  int executors = 0;
  std::string profile;
  std::vector<double> submitted_to_running_s;
  std::vector<double> cloud_create_to_running_s;
  std::vector<double> added_s;
  std::vector<double> agent_added_ms;
  std::vector<double> agent_added_excl_api_ms;
  std::optional<Allocation> allocation;
  std::map<std::string, std::uint64_t> eci_calls;
  std::optional<RequestCounts> api_requests;
  std::optional<int> leaked_groups;  // Unknown while the application runs.
  int doubled_groups = 0;
};

// The report, schema 1.
std::string ReportJson(const Measurements& measurements);

// The same for people.
std::string ReportText(const Measurements& measurements);

// How many pods had started after how long: a bar for each step of time.
std::string StartUpCurve(std::vector<double> submitted_to_running_s);

}  // namespace vk::demo
