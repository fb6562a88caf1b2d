#include "base/proto_json/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace vk::base {
namespace {

std::string Reformatted(std::string_view text) {
  const auto value = ParseJson(text);
  return value ? FormatJson(*value) : value.error().message;
}

TEST(JsonTextTest, DocumentsKeepTheirMeaning) {
  for (const std::string_view text :
       {"null", "true", "-7", "18446744073709551615", "0.1", R"("")", "[]", "{}",
        R"({"b":[1,{"a":null}],"a":2})", R"("\"\\\n\u0001é🐳")"}) {
    EXPECT_EQ(Reformatted(text), text);
  }
}

TEST(JsonTextTest, FloatingPointIsReadExactly) {
  // Boost's own parser makes 0.30000000000000004 of the first.
  for (const std::string_view text :
       {"0.3", "0.622", "9007199254740993.5", "2.2250738585072014e-308"}) {
    const auto value = ParseJson(text);
    ASSERT_TRUE(value);
    EXPECT_EQ(value->get_double(), std::stod(std::string(text))) << text;
  }
}

TEST(JsonTextTest, NumbersBeyondDoubleAreZeroOrRefused) {
  EXPECT_EQ(Reformatted("1e-400"), "0");
  EXPECT_FALSE(ParseJson("1e400"));
}

TEST(JsonTextTest, TextThatIsNotUtf8GetsReplacementCharacters) {
  EXPECT_EQ(FormatJson(boost::json::value("a\xFFz\xE4\xB8")),
            "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonTextTest, BrokenDocumentsAreRefusedWithTheirOffset) {
  const auto value = ParseJson(R"({"a":1,})");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(value.error().message.find("at byte 7 of 8"), std::string::npos)
      << value.error().message;
  for (const std::string_view text :
       {"", " ", "{", "[1", "1 2", "{\"a\" 1}", "nul", "\"\xFF\"", "<html>"}) {
    EXPECT_FALSE(ParseJson(text)) << text;
  }
}

TEST(JsonTextTest, DeepDocumentsAreRefused) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(ParseJson(nested(64)));
  EXPECT_FALSE(ParseJson(nested(65)));
}

}  // namespace
}  // namespace vk::base
