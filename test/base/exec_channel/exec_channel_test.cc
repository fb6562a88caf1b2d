#include "base/exec_channel/exec_channel.h"

#include <gtest/gtest.h>

namespace vk::exec {
namespace {

TEST(ExecChannelTest, FrameKeepsItsChannelAndBytes) {
  const std::string bytes("a\0b", 3);

  const auto frame = ParseFrame(EncodeFrame(Channel::kErrors, bytes));

  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->channel, Channel::kErrors);
  EXPECT_EQ((*frame)->data, bytes);
  EXPECT_EQ(EncodeFrame(Channel::kClose, bytes.substr(1, 1)), std::string("\xff\0", 2));
}

TEST(ExecChannelTest, EmptyMessageIsNoFrame) {
  const auto frame = ParseFrame("");

  ASSERT_TRUE(frame);
  EXPECT_FALSE(*frame);
}

TEST(ExecChannelTest, FrameOfAnUnknownChannelIsRefused) { EXPECT_FALSE(ParseFrame("\x05x")); }

TEST(ExecChannelTest, SizeIsWhatKubectlSends) {
  EXPECT_EQ(EncodeTerminalSize({.width = 97, .height = 33}), R"({"Width":97,"Height":33})");

  const auto size = ParseTerminalSize(R"({"Width":97,"Height":33})");

  ASSERT_TRUE(size);
  EXPECT_EQ(size->width, 97);
  EXPECT_EQ(size->height, 33);
}

TEST(ExecChannelTest, SizeThatIsNoneIsRefused) {
  EXPECT_FALSE(ParseTerminalSize(""));
  EXPECT_FALSE(ParseTerminalSize("[1,2]"));
  EXPECT_FALSE(ParseTerminalSize(R"({"Width":97})"));
  EXPECT_FALSE(ParseTerminalSize(R"({"Width":97,"Height":65536})"));
  EXPECT_FALSE(ParseTerminalSize(R"({"Width":97,"Height":-1})"));
  EXPECT_FALSE(ParseTerminalSize(R"({"Width":97,"Height":"33"})"));
}

TEST(ExecChannelTest, EndIsTheStatusOfKubernetes) {
  EXPECT_EQ(EncodeEnd({}), R"({"metadata":{},"status":"Success"})");
  EXPECT_EQ(EncodeEnd({.exit_code = 3}),
            R"({"metadata":{},"status":"Failure",)"
            R"("message":"command terminated with non-zero exit code: 3",)"
            R"("reason":"NonZeroExitCode",)"
            R"("details":{"causes":[{"reason":"ExitCode","message":"3"}]}})");
}

TEST(ExecChannelTest, EndIsReadAsItWasWritten) {
  EXPECT_EQ(ParseEnd(EncodeEnd({}))->exit_code, 0);
  EXPECT_EQ(ParseEnd(EncodeEnd({.exit_code = 137}))->exit_code, 137);
  EXPECT_EQ(ParseEnd(EncodeEnd({.exit_code = 137}))->error, "");
  EXPECT_EQ(ParseEnd(EncodeEnd({.error = "gone"}))->error, "gone");
}

TEST(ExecChannelTest, TextIsAnErrorWhateverItSays) {
  EXPECT_EQ(ParseEnd("command terminated with exit code 0")->error,
            "command terminated with exit code 0");
  EXPECT_EQ(ParseEnd("0")->error, "0");
  EXPECT_EQ(ParseEnd("{\"status\":")->error, "{\"status\":");
}

TEST(ExecChannelTest, EndThatTellsNothingIsRefused) {
  EXPECT_FALSE(ParseEnd(""));
  EXPECT_FALSE(ParseEnd("\n"));
  EXPECT_FALSE(ParseEnd("{}"));
  EXPECT_FALSE(ParseEnd(R"({"status":"Failure","reason":"NonZeroExitCode"})"));
}

}  // namespace
}  // namespace vk::exec
