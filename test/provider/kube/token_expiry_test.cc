#include "provider/kube/token_expiry.h"

#include <gtest/gtest.h>

namespace vk::kube {
namespace {

TEST(TokenExpiryTest, ClaimOfTheTokenIsRead) {
  // {"aud":["k"],"exp":1793450000,"sub":"?>~"}, with both characters of the alphabet of URLs.
  EXPECT_EQ(TokenEnds("e30.eyJhdWQiOlsiayJdLCJleHAiOjE3OTM0NTAwMDAsInN1YiI6Ij8-fiJ9.c2ln"),
            1793450000);
}

TEST(TokenExpiryTest, OtherTextsHaveNone) {
  for (const char* text : {"", "opaque", "a.b", "e30.e30.sig", "e30.!!!.sig", "e30.W10.sig",
                           // {"exp":"soon"} and {"exp":1.5e300}
                           "e30.eyJleHAiOiJzb29uIn0.sig", "e30.eyJleHAiOjEuNWUzMDB9.sig"})
    EXPECT_FALSE(TokenEnds(text)) << text;
}

}  // namespace
}  // namespace vk::kube
