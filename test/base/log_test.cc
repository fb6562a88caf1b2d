#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vk::base {
namespace {

std::string Line(const std::string& value) {
  std::string line = "m";
  AppendFields({{"k", value}}, &line);
  return line;
}

TEST(AppendFieldsTest, ValuesAreQuotedWhereTheyNeedIt) {
  EXPECT_EQ(Line("plain-1.2/x:y"), "m k=plain-1.2/x:y");
  EXPECT_EQ(Line(""), "m k=\"\"");
  EXPECT_EQ(Line("two words"), "m k=\"two words\"");
  EXPECT_EQ(Line("a=b"), "m k=\"a=b\"");
  EXPECT_EQ(Line("say \"x\""), "m k=\"say \\\"x\\\"\"");
  EXPECT_EQ(Line("back\\slash"), "m k=\"back\\\\slash\"");
}

TEST(AppendFieldsTest, NoValueCanBreakTheLine) {
  EXPECT_EQ(Line("one\ntwo"), "m k=\"one\\ntwo\"");
  EXPECT_EQ(Line(std::string("a\r\x1b[0m\0b\x7f", 9)), "m k=\"a  [0m b \"");
}

TEST(AppendFieldsTest, FieldsKeepTheirOrder) {
  std::string line;
  AppendFields({{"b", "1"}, {"a", "2"}}, &line);

  EXPECT_EQ(line, " b=1 a=2");
}

TEST(ParseLogLevelTest, EachNameIsReadAndNothingElse) {
  LogLevel level = LogLevel::kInfo;
  EXPECT_TRUE(ParseLogLevel("debug", &level));
  EXPECT_EQ(level, LogLevel::kDebug);
  EXPECT_TRUE(ParseLogLevel("info", &level));
  EXPECT_EQ(level, LogLevel::kInfo);
  EXPECT_TRUE(ParseLogLevel("warning", &level));
  EXPECT_EQ(level, LogLevel::kWarning);
  EXPECT_TRUE(ParseLogLevel("error", &level));
  EXPECT_EQ(level, LogLevel::kError);

  for (const char* const text : {"", "Info", "warn", "error "})
    EXPECT_FALSE(ParseLogLevel(text, &level)) << text;
  EXPECT_EQ(level, LogLevel::kError);
}

TEST(StderrLogTest, LineHasTimeLevelMessageAndFieldsVerbatim) {
  testing::internal::CaptureStderr();
  const auto log = MakeStderrLog(LogLevel::kInfo);

  log->Debug("not written");
  log->Warn("pod {} is %s", {{"pod", "default/{x}"}});

  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+Z warning "
                                    "pod \\{\\} is %s pod=default/\\{x\\}\n"));
}

}  // namespace
}  // namespace vk::base
