#include <gtest/gtest.h>

#include <vector>

#include "tools/demo_client/options.h"

namespace vk::demo {
namespace {

CommandLine Parse(std::vector<const char*> flags) {
  std::vector<const char*> all = {"demo-client", "--kubeconfig", "k", "--control", "c"};
  all.insert(all.end(), flags.begin(), flags.end());
  return ParseCommandLine(static_cast<int>(all.size()), all.data());
}

TEST(DemoCommandLineTest, ExecutorsAreAskedForAllAtOnceUnlessSaid) {
  EXPECT_EQ(Parse({}).options.allocation, AllocationRule::kAll);

  const CommandLine line = Parse({"--allocation", "spark-3", "--batch", "10"});

  EXPECT_EQ(line.options.allocation, AllocationRule::kSpark3);
  EXPECT_EQ(line.options.batch, 10);
  EXPECT_EQ(NameOf(line.options.allocation), "spark-3");
}

TEST(DemoCommandLineTest, BatchOfAllIsRefused) {
  const CommandLine line = Parse({"--batch", "10"});

  EXPECT_EQ(line.kind, CommandLine::Kind::kError);
  EXPECT_NE(line.text.find("needs --allocation spark-2.4 or spark-3"), std::string::npos)
      << line.text;
}

TEST(DemoCommandLineTest, UnknownRuleIsRefusedWithTheKnownOnes) {
  const CommandLine line = Parse({"--allocation", "spark-1"});

  EXPECT_EQ(line.kind, CommandLine::Kind::kError);
  EXPECT_NE(line.text.find("spark-2.4"), std::string::npos) << line.text;
}

TEST(DemoCommandLineTest, BatchesThatWaitForEachOtherGetTheirTime) {
  EXPECT_EQ(Parse({"--allocation", "spark-2.4"}).options.limit, std::chrono::seconds(1200));
  EXPECT_EQ(Parse({"--allocation", "spark-3"}).options.limit, std::chrono::seconds(300));
  EXPECT_EQ(Parse({"--allocation", "spark-2.4", "--limit", "7"}).options.limit,
            std::chrono::seconds(7));
}

}  // namespace
}  // namespace vk::demo
