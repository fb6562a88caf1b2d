#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include "base/asio_clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/task_group.h"
#include "tools/fake_eci/fake_server.h"
#include "tools/fake_eci/server_options.h"

namespace {

constexpr int kBadInput = 2;

boost::asio::awaitable<void> RunUntilSignal(vk::fake::FakeServer& server,
                                            boost::asio::signal_set& signals, vk::base::Log& log) {
  const int signal = co_await signals.async_wait(boost::asio::use_awaitable);
  log.Info("ending", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  co_await server.Stop();
}

int Run(vk::fake::ServerOptions options) {
  boost::asio::io_context io(1);
  vk::base::AsioClock clock(io);
  const auto log = vk::base::MakeStderrLog(options.log_level);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  auto server = vk::fake::FakeServer::Start(std::move(options), io.get_executor(), clock,
                                            vk::base::Random(vk::base::SystemSeed()), *log);
  if (!server) {
    fmt::print(stderr, "fake-eci: {}\n", server.error().message);
    return kBadInput;
  }
  fmt::print("listening openapi={} control={}\n", (*server)->url(), (*server)->control_address());
  std::fflush(stdout);

  vk::base::TaskGroup tasks(io.get_executor());
  tasks.Spawn("main", RunUntilSignal(**server, signals, *log));
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  vk::fake::CommandLine line = vk::fake::ParseCommandLine(argc, argv);
  switch (line.kind) {
    case vk::fake::CommandLine::Kind::kHelp:
      fmt::print("{}", line.text);
      return 0;
    case vk::fake::CommandLine::Kind::kError:
      fmt::print(stderr, "{}", line.text);
      return kBadInput;
    case vk::fake::CommandLine::Kind::kRun:
      return Run(std::move(line.options));
  }
}
