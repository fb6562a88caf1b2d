#include "provider/kube/command_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "base/asio_clock.h"
#include "base/task_group.h"

namespace vk::kube {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;

// Real processes and real time.
class CommandRunnerTest : public testing::Test {
 protected:
  base::Result<CommandResult> Run(const std::string& script, std::chrono::milliseconds limit = 20s,
                                  const std::string& program = "/bin/sh") {
    std::optional<base::Result<CommandResult>> result;
    tasks_.Spawn(
        "run", Keep(runner_->Run(
                        {.program = program, .args = {"-c", script}, .environment = {"WORD=hello"}},
                        clock_.Now() + limit),
                    &result));
    while (!result) io_.run_one();
    return *std::move(result);
  }

  static boost::asio::awaitable<void> Keep(boost::asio::awaitable<base::Result<CommandResult>> task,
                                           std::optional<base::Result<CommandResult>>* result) {
    result->emplace(co_await std::move(task));
  }

  boost::asio::io_context io_{1};
  base::AsioClock clock_{io_};
  std::unique_ptr<CommandRunner> runner_ = MakeProcessRunner(io_.get_executor(), clock_);
  base::TaskGroup tasks_{io_.get_executor()};
};

TEST_F(CommandRunnerTest, OutputExitCodeAndEnvironmentAreThePrograms) {
  const auto result = Run("echo $WORD; exit 3");

  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->output, "hello\n");
  EXPECT_EQ(result->exit_code, 3);
}

TEST_F(CommandRunnerTest, InputIsEmpty) { EXPECT_EQ(Run("cat; echo end")->output, "end\n"); }

TEST_F(CommandRunnerTest, SignalIsPartOfTheCode) { EXPECT_EQ(Run("kill -9 $$")->exit_code, 137); }

TEST_F(CommandRunnerTest, ProgramThatDoesNotEndIsKilledWithItsChildren) {
  const auto begin = clock_.Now();

  const auto result = Run("sleep 600 & wait", 100ms);

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_LT(clock_.Now() - begin, 10s);
}

TEST_F(CommandRunnerTest, AbsentProgramIsNotFound) {
  EXPECT_EQ(Run("", 20s, "/no/such/program").error().code, ErrorCode::kNotFound);
}

TEST_F(CommandRunnerTest, EndlessOutputIsRefused) {
  EXPECT_EQ(Run("yes").error().code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace vk::kube
