#include "eci_client/percent_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace vk::eci {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(PercentEncodingTest, OnlyUnreservedCharactersStay) {
  EXPECT_EQ(PercentEncode("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(PercentEncode(" *'()!+/=&"), "%20%2A%27%28%29%21%2B%2F%3D%26");
  EXPECT_EQ(PercentEncode("\xE4\xB8\xAD"), "%E4%B8%AD");
}

TEST(PercentEncodingTest, BrokenEscapesAreRefused) {
  for (const std::string_view text : {"%", "%2", "a%zz", "%2g", "%-1", "%+1", "% 1"}) {
    const auto decoded = PercentDecode(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().code, base::ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(*PercentDecode("%e4%B8%ad+"), "\xE4\xB8\xAD+");
}

TEST(PercentEncodingTest, QueriesAreReadAsEverySdkWritesThem) {
  EXPECT_THAT(*ParseQuery(""), IsEmpty());
  EXPECT_THAT(*ParseQuery("a=1&b=&c&d=x=y&&e%20f=!'()*"),
              ElementsAre(Pair("a", "1"), Pair("b", ""), Pair("c", ""), Pair("d", "x=y"),
                          Pair("e f", "!'()*")));
  EXPECT_THAT(*ParseQuery("space=a+b&plus=a%2Bb"),
              ElementsAre(Pair("space", "a b"), Pair("plus", "a+b")));
}

TEST(PercentEncodingTest, QueriesWithTooManyPairsAreRefused) {
  std::string text;
  for (std::size_t count = 0; count < kMaxParameters; ++count) text += "a=&";
  EXPECT_TRUE(ParseQuery(text));
  EXPECT_FALSE(ParseQuery(text + "a="));
}

RC_GTEST_PROP(PercentEncodingPropertyTest, QueriesReadBack, (const QueryPairs& pairs)) {
  const auto read = ParseQuery(FormatQuery(pairs));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == pairs);
}

}  // namespace
}  // namespace vk::eci
