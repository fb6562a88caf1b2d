#include "tools/ecictl/forward_command.h"

#include <gtest/gtest.h>

namespace vk::ecictl {
namespace {

TEST(ForwardCommandTest, PortsAreReadAsTyped) {
  const auto two = ParseForward("8080:80");
  const auto one = ParseForward("443");
  const auto any = ParseForward("0:80");

  ASSERT_TRUE(two && one && any);
  EXPECT_EQ(two->local, 8080);
  EXPECT_EQ(two->remote, 80);
  EXPECT_EQ(one->local, 443);
  EXPECT_EQ(one->remote, 443);
  EXPECT_EQ(any->local, 0);
}

TEST(ForwardCommandTest, WhatAreNoPortsIsRefusedWithARemedy) {
  for (const char* text : {"", "a", "80:", ":80", "80:0", "0", "65536:80", "80:80:80", "-1:80"}) {
    const auto line = ParseForward(text);
    ASSERT_FALSE(line) << text;
    EXPECT_EQ(line.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_TRUE(line.error().message.contains("LOCAL:REMOTE"));
  }
}

}  // namespace
}  // namespace vk::ecictl
