#include "tools/fake_eci/containerd/log_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace vk::fake {
namespace {

TEST(LogFileTest, PartsOfOneLineArePutTogether) {
  const auto lines = ParseLog(
      "2026-11-23T21:55:19.123456789Z stdout P one \n"
      "2026-11-23T21:55:19.2Z stdout F line\n"
      "2026-11-23T23:55:20+02:00 stderr F \n");

  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].text, "one line");
  EXPECT_EQ(lines[1].text, "");
  EXPECT_EQ(lines[1].at.time_since_epoch() / std::chrono::seconds(1), 1795470920);
}

TEST(LogFileTest, WhatIsNoLineIsLeftOut) {
  EXPECT_TRUE(ParseLog("garbage\n\n2026-11-23T21:55:19Z elsewhere F text\n").empty());
  EXPECT_TRUE(ReadLogFile("/nowhere/at/all").empty());
}

TEST(LogFileTest, OfALargeFileTheEndIsRead) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "large.log";
  std::ofstream file(path);
  for (int i = 0; i < 100'000; ++i) {
    file << "2026-11-23T21:55:19.000000000Z stdout F a line of a container's log, number " << i
         << '\n';
  }
  file.close();

  const auto lines = ReadLogFile(path);

  EXPECT_LT(lines.size(), 80'000u);
  EXPECT_GT(lines.size(), 40'000u);
  EXPECT_TRUE(lines.back().text.ends_with("number 99999"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace vk::fake
