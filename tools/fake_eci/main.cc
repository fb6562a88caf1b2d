#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/asio_clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/task_group.h"
#include "tools/fake_eci/containerd/cni_ipam.h"
#include "tools/fake_eci/containerd/containerd_process.h"
#include "tools/fake_eci/containerd/exec_helper.h"
#include "tools/fake_eci/fake_server.h"
#include "tools/fake_eci/server_options.h"

namespace {

constexpr int kBadInput = 2;

std::string ListeningLine(const vk::fake::FakeServer& server) {
  std::string line =
      fmt::format("listening openapi={} control={}", server.url(), server.control_address());
  if (!server.tls_url().empty()) line += " openapi_tls=" + server.tls_url();
  if (std::string dns = server.dns_addresses(); !dns.empty()) line += " dns=" + dns;
  return line;
}

boost::asio::awaitable<void> Serve(vk::fake::ServerOptions options, vk::base::Clock& clock,
                                   vk::base::Log& log, int* exit_code) {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::signal_set signals(executor, SIGTERM, SIGINT);
  auto server = co_await vk::fake::FakeServer::Start(std::move(options), executor, clock,
                                                     vk::base::Random(vk::base::SystemSeed()), log);
  if (!server) {
    fmt::print(stderr, "fake-eci: {}\n", server.error().message);
    *exit_code = kBadInput;
    co_return;
  }
  fmt::print("{}\n", ListeningLine(**server));
  std::fflush(stdout);
  const int signal = co_await signals.async_wait(boost::asio::use_awaitable);
  log.Info("ending", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  co_await (*server)->Stop();
}

int Run(vk::fake::ServerOptions options) {
  boost::asio::io_context io(1);
  vk::base::AsioClock clock(io);
  const auto log = vk::base::MakeStderrLog(options.log_level);
  int exit_code = 0;
  vk::base::TaskGroup tasks(io.get_executor());
  tasks.Spawn("main", Serve(std::move(options), clock, *log, &exit_code));
  io.run();
  return exit_code;
}

int RunPurge(const vk::fake::ServerOptions& options) {
  const vk::fake::RuntimePaths paths(options.runtime->folder);
  const vk::base::Status purged = vk::fake::Purge(paths);
  if (purged) return 0;
  fmt::print(stderr, "fake-eci: {}\n", purged.error().message);
  return 1;
}

}  // namespace

int main(int argc, char** argv, char** environment) {
  if (std::string_view(argv[0]).ends_with(vk::fake::kIpamProgram)) {
    return vk::fake::RunIpam(std::cin, std::cout, environment);
  }
  if (std::string_view(argv[0]) == vk::fake::kExecHelper) {
    return vk::fake::RunExecHelper(argc, argv, environment);
  }
  // A command in a container may leave its input unread.
  std::signal(SIGPIPE, SIG_IGN);
  vk::fake::CommandLine line = vk::fake::ParseCommandLine(argc, argv);
  switch (line.kind) {
    case vk::fake::CommandLine::Kind::kHelp:
      fmt::print("{}", line.text);
      return 0;
    case vk::fake::CommandLine::Kind::kError:
      fmt::print(stderr, "{}", line.text);
      return kBadInput;
    case vk::fake::CommandLine::Kind::kPurge:
      return RunPurge(line.options);
    case vk::fake::CommandLine::Kind::kRun:
      return Run(std::move(line.options));
  }
}
