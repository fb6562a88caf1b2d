#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <utility>

#include "base/asio_clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/task_group.h"
#include "tools/demo_client/cluster_access.h"
#include "tools/demo_client/demo.h"
#include "tools/demo_client/options.h"
#include "tools/demo_client/report.h"

namespace {

constexpr int kFailed = 1;
constexpr int kBadInput = 2;

// False when the file cannot be written.
bool WriteReport(const std::string& path, const vk::demo::Measurements& measurements) {
  std::ofstream file(path);
  file << vk::demo::ReportJson(measurements);
  file.close();
  if (!file.fail()) return true;
  fmt::print(stderr, "demo-client: --report {}: cannot be written\n", path);
  return false;
}

boost::asio::awaitable<void> RunDemo(vk::demo::Demo& demo, const vk::demo::Options& options,
                                     int& exit_code) {
  const auto measured = co_await demo.Run();
  if (!measured) {
    fmt::print(stderr, "demo-client: {}\n", measured.error().message);
    exit_code = kFailed;
    co_return;
  }
  fmt::print("\n{}", vk::demo::ReportText(*measured));
  if (!options.report.empty() && !WriteReport(options.report, *measured)) exit_code = kFailed;
  if (measured->leaked_groups.value_or(0) != 0 || measured->doubled_groups != 0) {
    exit_code = kFailed;
  }
}

int Run(const vk::demo::Options& options) {
  boost::asio::io_context io(1);
  vk::base::AsioClock clock(io);
  const auto log = vk::base::MakeStderrLog(vk::base::LogLevel::kWarning);
  vk::base::Metrics metrics;
  auto cluster = vk::demo::ClusterAccess::Open(options.kubeconfig, io.get_executor(), clock);
  if (!cluster) {
    fmt::print(stderr, "demo-client: {}\n", cluster.error().message);
    return kBadInput;
  }
  vk::demo::Demo demo(options, **cluster, clock, *log, metrics, io.get_executor());
  int exit_code = 0;
  vk::base::TaskGroup tasks(io.get_executor());
  tasks.Spawn("demo", RunDemo(demo, options, exit_code));
  io.run();
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  const vk::demo::CommandLine line = vk::demo::ParseCommandLine(argc, argv);
  switch (line.kind) {
    case vk::demo::CommandLine::Kind::kHelp:
      fmt::print("{}", line.text);
      return 0;
    case vk::demo::CommandLine::Kind::kError:
      fmt::print(stderr, "{}", line.text);
      return kBadInput;
    case vk::demo::CommandLine::Kind::kRun:
      return Run(line.options);
  }
}
