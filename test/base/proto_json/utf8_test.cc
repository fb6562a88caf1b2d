#include "base/proto_json/utf8.h"

#include <gtest/gtest.h>

namespace vk::base {
namespace {

TEST(Utf8Test, WellFormedTextPasses) {
  for (const std::string_view text : {"", "a\x7F", "\xC3\xA9", "\xE4\xB8\xAD", "\xF0\x9F\x90\xB3",
                                      "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
}

TEST(Utf8Test, OverlongSurrogateAndCutSequencesFail) {
  for (const std::string_view text :
       {"\x80", "\xC0\xAF", "\xC3", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xE4\xB8", "\xE4\xB8\x41", "a\xFF"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

}  // namespace
}  // namespace vk::base
