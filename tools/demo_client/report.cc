#include "tools/demo_client/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace vk::demo {
namespace {

struct Percentile {
  std::string_view name;
  double percent;
};
constexpr Percentile kOfSeconds[] = {{"p50", 50}, {"p93", 93}, {"p99", 99}, {"max", 100}};
constexpr Percentile kOfBatches[] = {{"p50", 50}, {"max", 100}};
constexpr Percentile kOfMilliseconds[] = {{"p50", 50}, {"p99", 99}, {"max", 100}};

template <std::size_t n>
std::string Distribution(std::vector<double> samples, const Percentile (&percentiles)[n]) {
  if (samples.empty()) return "null";
  std::ranges::sort(samples);
  std::string json;
  for (const Percentile& percentile : percentiles) {
    json += fmt::format("{}\"{}\": {:.3f}", json.empty() ? "" : ", ", percentile.name,
                        NearestRank(samples, percentile.percent));
  }
  return "{" + json + "}";
}

// JSON strings without the characters that would need an escape: names of ours and of the APIs.
std::string Quoted(std::string_view text) {
  std::string plain;
  for (const char c : text) plain += c == '"' || c == '\\' || (c >= 0 && c < ' ') ? '?' : c;
  return "\"" + plain + "\"";
}

std::string Counts(const std::map<std::string, std::uint64_t>& counts) {
  std::string json;
  for (const auto& [name, count] : counts) {
    json += fmt::format("{}{}: {}", json.empty() ? "" : ", ", Quoted(name), count);
  }
  return "{" + json + "}";
}

std::string Line(std::string_view what, std::vector<double> samples, std::string_view unit) {
  if (samples.empty()) return fmt::format("  {:<36} not measured\n", what);
  std::ranges::sort(samples);
  return fmt::format("  {:<36} {:9.3f} {:9.3f} {:9.3f} {:9.3f} {}\n", what,
                     NearestRank(samples, 50), NearestRank(samples, 93), NearestRank(samples, 99),
                     samples.back(), unit);
}

std::string CountLines(const std::map<std::string, std::uint64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += fmt::format("  {:>7}  {}\n", count, name);
  return text;
}

std::string AllocationJson(const Allocation& allocation) {
  const BatchTimes& times = allocation.times;
  return fmt::format(
      "{{\"rule\": {}, \"batch\": {}, \"batches\": {}, \"added_per_batch_s\": {}, "
      "\"allocator_wait_s\": {}, \"total_s\": {:.3f}}}",
      Quoted(allocation.rule), allocation.batch, times.added_s.size(),
      Distribution(times.added_s, kOfBatches), Distribution(times.waited_s, kOfBatches),
      times.total_s);
}

std::string AllocationText(const Allocation& allocation) {
  const BatchTimes& times = allocation.times;
  return fmt::format("{} batches of {}, rule {}, in {:.3f} s from the first POST to all Running\n",
                     times.added_s.size(), allocation.batch, allocation.rule, times.total_s) +
         Line("last POST to Running, less the cloud", times.added_s, "s") +
         Line("Running to the next POST (Spark's)", times.waited_s, "s");
}

// The finest step that keeps the curve on one screen.
double StepFor(double longest) {
  constexpr double kRows = 30;
  for (const double step : {0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0}) {
    if (longest / step <= kRows) return step;
  }
  return 60;
}

}  // namespace

double NearestRank(const std::vector<double>& sorted, double percent) {
  const double rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::string ReportJson(const Measurements& m) {
  const std::string leaked = m.leaked_groups ? std::to_string(*m.leaked_groups) : "null";
  const std::string allocation = m.allocation ? AllocationJson(*m.allocation) : "null";
  const std::string requests = m.api_requests ? Counts(*m.api_requests) : "null";
  return fmt::format(
      "{{\n"
      "  \"schema\": 1,\n"
      "  \"executors\": {},\n"
      "  \"profile\": {},\n"
      "  \"submitted_to_running_s\": {},\n"
      "  \"cloud_create_to_running_s\": {},\n"
      "  \"added_s\": {},\n"
      "  \"agent_added_ms\": {},\n"
      "  \"agent_added_excl_api_ms\": {},\n"
      "  \"allocation\": {},\n"
      "  \"eci_calls\": {},\n"
      "  \"api_requests\": {},\n"
      "  \"leaked_groups\": {},\n"
      "  \"doubled_groups\": {}\n"
      "}}\n",
      m.executors, Quoted(m.profile), Distribution(m.submitted_to_running_s, kOfSeconds),
      Distribution(m.cloud_create_to_running_s, kOfSeconds), Distribution(m.added_s, kOfSeconds),
      Distribution(m.agent_added_ms, kOfMilliseconds),
      Distribution(m.agent_added_excl_api_ms, kOfMilliseconds), allocation, Counts(m.eci_calls),
      requests, leaked, m.doubled_groups);
}

std::string ReportText(const Measurements& m) {
  std::string text =
      fmt::format("{} executors, profile {}\n", m.executors, m.profile) +
      fmt::format("  {:<36} {:>9} {:>9} {:>9} {:>9}\n", "", "p50", "p93", "p99", "max") +
      Line("submitted to seen Running", m.submitted_to_running_s, "s") +
      Line("of this the cloud's own time", m.cloud_create_to_running_s, "s") +
      Line("Running in the cloud to seen", m.added_s, "s") +
      Line("pod seen to its creation sent", m.agent_added_ms, "ms") +
      Line("the same without the API server", m.agent_added_excl_api_ms, "ms") +
      (m.allocation ? AllocationText(*m.allocation) : "") + "calls to the cloud\n" +
      CountLines(m.eci_calls) + "the agent's requests to the API server\n" +
      (m.api_requests ? CountLines(*m.api_requests) : "  not counted\n");
  const std::string leaked =
      m.leaked_groups ? std::to_string(*m.leaked_groups) : "not looked for (--keep)";
  return text + fmt::format("leaked groups: {}\ndoubled groups: {}\n", leaked, m.doubled_groups);
}

std::string StartUpCurve(std::vector<double> samples) {
  if (samples.empty()) return {};
  constexpr double kWidth = 50;
  std::ranges::sort(samples);
  const double step = StepFor(samples.back());
  std::string text = "executors Running, by time since each was submitted\n";
  std::size_t before = 0;
  for (int row = 1; before < samples.size(); ++row) {
    const double until = step * row;
    const auto end = std::ranges::upper_bound(samples, until);
    const auto count = static_cast<std::size_t>(end - samples.begin());
    const double share = static_cast<double>(count) / static_cast<double>(samples.size());
    text += fmt::format("  {:6.2f} s {:>6} {:4.0f} %  {}\n", until, count, 100 * share,
                        std::string(static_cast<std::size_t>(kWidth * share), '#'));
    before = count;
  }
  return text;
}

}  // namespace vk::demo
