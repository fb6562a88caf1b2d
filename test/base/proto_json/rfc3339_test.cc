#include "base/proto_json/rfc3339.h"

#include <gtest/gtest.h>

namespace vk::base {
namespace {

TEST(Rfc3339Test, TimesAreWrittenInUtc) {
  EXPECT_EQ(FormatRfc3339({1533222000, 0}), "2018-08-02T15:00:00Z");
  EXPECT_EQ(FormatRfc3339({1533222000, 1'002'003}, 6), "2018-08-02T15:00:00.001002Z");
  EXPECT_EQ(FormatRfc3339({-1, 0}), "1969-12-31T23:59:59Z");
}

TEST(Rfc3339Test, OnlyYearsOfFourDigitsAreWritten) {
  EXPECT_EQ(FormatRfc3339({253402300799, 0}), "9999-12-31T23:59:59Z");
  EXPECT_EQ(FormatRfc3339({253402300800, 0}), std::nullopt);
  EXPECT_EQ(FormatRfc3339({-62167219200, 0}), "0000-01-01T00:00:00Z");
  EXPECT_EQ(FormatRfc3339({-62167219201, 0}), std::nullopt);
}

TEST(Rfc3339Test, FractionsAndOffsetsAreRead) {
  EXPECT_EQ(ParseRfc3339("2018-08-02T15:00:00Z"), (UnixTime{1533222000, 0}));
  EXPECT_EQ(ParseRfc3339("2018-08-02T23:00:00+08:00"), (UnixTime{1533222000, 0}));
  EXPECT_EQ(ParseRfc3339("2018-08-02T11:30:00-03:30"), (UnixTime{1533222000, 0}));
  EXPECT_EQ(ParseRfc3339("2018-08-02T15:00:00.25Z"), (UnixTime{1533222000, 250'000'000}));
  EXPECT_EQ(ParseRfc3339("2018-08-02T15:00:00.1234567899Z"), (UnixTime{1533222000, 123'456'789}));
}

TEST(Rfc3339Test, WhatIsNoTimeIsRefused) {
  for (const std::string_view text :
       {"", "2018", "2018-08-02", "2018-08-02T15:00:00", "2018-02-30T15:00:00Z",
        "2018-13-01T15:00:00Z", "2018-08-02T24:00:00Z", "2018-08-02T15:00:00.Z",
        "2018-08-02T15:00:00Zx", "2018-08-02T15:00:00+8", "+018-08-02T15:00:00Z",
        "2018-08-02T15:60:00Z"}) {
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace vk::base
