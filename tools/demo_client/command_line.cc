#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tools/demo_client/options.h"

namespace vk::demo {

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CLI::App app("demo-client: runs an application on the virtual node and measures it",
               "demo-client");
  CommandLine line;
  Options& options = line.options;
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
  app.add_option("--limit", limit_s, "seconds until all must run, and again until all are gone")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  app.add_flag("--keep", options.keep, "leave the application running");
  try {
    app.parse(argc, argv);
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
