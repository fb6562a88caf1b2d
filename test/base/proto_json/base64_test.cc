#include "base/proto_json/base64.h"

#include <gtest/gtest.h>

namespace vk::base {
namespace {

TEST(Base64Test, Rfc4648VectorsPassBothWays) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"},
                                                                   {"\xFB\xFF", "+/8="}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Base64Encode(bytes), text);
    EXPECT_EQ(Base64Decode(text), bytes);
  }
}

TEST(Base64Test, LineEndsAreSkipped) { EXPECT_EQ(Base64Decode("Zm9v\r\nYmFy\n"), "foobar"); }

TEST(Base64Test, WhatIsNoBase64IsRefused) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zm9v=", "Z===", "====", "Zm 9", "Zh==", "Zm9-"}) {
    EXPECT_EQ(Base64Decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace vk::base
