#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>
#include <vector>

#include "tools/demo_client/options.h"

namespace vk::demo {
namespace {

constexpr std::pair<AllocationRule, std::string_view> kRules[] = {
    {AllocationRule::kAll, "all"},
    {AllocationRule::kSpark24, "spark-2.4"},
    {AllocationRule::kSpark3, "spark-3"},
};

// With the rule of 2.4 the cloud's slowest pods come one after the other, one a batch.
constexpr int kSecondsOfBatch = 60;

std::vector<std::string> RuleNames() {
  std::vector<std::string> names;
  for (const auto& [rule, name] : kRules) names.emplace_back(name);
  return names;
}

int EnoughSeconds(const Options& options, int usual) {
  if (options.allocation != AllocationRule::kSpark24) return usual;
  const int batches = (options.executors + options.batch - 1) / options.batch;
  return std::max(usual, batches * kSecondsOfBatch);
}

}  // namespace

std::string_view NameOf(AllocationRule rule) {
  const auto* found =
      std::ranges::find(kRules, rule, &std::pair<AllocationRule, std::string_view>::first);
  return found->second;
}

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CLI::App app("demo-client: runs an application on the virtual node and measures it",
               "demo-client");
  CommandLine line;
  Options& options = line.options;
  std::string rule(NameOf(options.allocation));
  int limit_s = static_cast<int>(options.limit.count());
  app.add_option("--kubeconfig", options.kubeconfig, "FILE of the cluster's administrator")
      ->required();
  app.add_option("--control", options.control, "HOST:PORT of fake-eci's control service")
      ->required();
  app.add_option("--agent-log", options.agent_log,
                 "FILE that the agent logs to, for what it adds to a pod's start");
  app.add_option("--executors", options.executors, "pods besides the driver")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--profile", options.profile, "name of the cloud's profile, for the report")
      ->capture_default_str();
  app.add_option("--report", options.report, "FILE to write the measurements to, as JSON");
  app.add_option("--allocation", rule,
                 "when executors are asked for: all at once, or as Spark does")
      ->check(CLI::IsMember(RuleNames()))
      ->capture_default_str();
  const auto* batch = app.add_option("--batch", options.batch, "executors at a time, as Spark does")
                          ->check(CLI::Range(1, 10000))
                          ->capture_default_str();
  const auto* limit =
      app.add_option("--limit", limit_s, "seconds until all must run, and again until all are gone")
          ->check(CLI::Range(1, 86400))
          ->capture_default_str();
  app.add_flag("--keep", options.keep, "leave the application running");
  try {
    app.parse(argc, argv);
    options.allocation =
        std::ranges::find(kRules, rule, &std::pair<AllocationRule, std::string_view>::second)
            ->first;
    if (batch->count() > 0 && options.allocation == AllocationRule::kAll) {
      throw CLI::ValidationError("--batch", "needs --allocation spark-2.4 or spark-3");
    }
    if (limit->count() == 0) limit_s = EnoughSeconds(options, limit_s);
    options.limit = std::chrono::seconds(limit_s);
  } catch (const CLI::CallForHelp&) {
    line.kind = CommandLine::Kind::kHelp;
    line.text = app.help();
  } catch (const CLI::ParseError& error) {
    line.kind = CommandLine::Kind::kError;
    line.text = fmt::format("demo-client: {}; demo-client --help lists all flags\n", error.what());
  }
  return line;
}

}  // namespace vk::demo
