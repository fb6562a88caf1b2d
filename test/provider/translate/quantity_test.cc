#include "provider/translate/quantity.h"

#include <gtest/gtest.h>

#include <limits>

namespace vk::translate {
namespace {

struct Case {
  std::string_view text;
  std::optional<std::int64_t> milli;
};

class QuantityTest : public testing::TestWithParam<Case> {};

TEST_P(QuantityTest, TextGivesThousandths) {
  EXPECT_EQ(ParseMilli(GetParam().text), GetParam().milli) << GetParam().text;
}

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

INSTANTIATE_TEST_SUITE_P(
    Texts, QuantityTest,
    testing::Values(
        Case{"0", 0}, Case{"1", 1000}, Case{"100m", 100}, Case{"1.5", 1500}, Case{".5", 500},
        Case{"2.", 2000}, Case{"+3", 3000}, Case{"2e3", 2'000'000}, Case{"2E-3", 2},
        Case{"1k", 1'000'000}, Case{"1Ki", 1'024'000}, Case{"0.5Gi", 536'870'912'000},
        Case{"1G", 1'000'000'000'000}, Case{"1n", 1}, Case{"1001u", 2}, Case{"1500000000n", 1500},
        Case{"1Ti", (std::int64_t{1} << 40) * 1000}, Case{"1Ei", kMost}, Case{"1e40", kMost},
        Case{"12345678901234567890123", kMost}, Case{"0.0000000000000000000001", 1},
        Case{"", std::nullopt}, Case{".", std::nullopt}, Case{"m", std::nullopt},
        Case{"-1", std::nullopt}, Case{"1.2.3", std::nullopt}, Case{"1gi", std::nullopt},
        Case{"1e", std::nullopt}, Case{"1 ", std::nullopt}, Case{"0x10", std::nullopt}));

TEST(QuantityTest, UnitsAreRoundedUp) {
  EXPECT_EQ(ParseUnits("1001m"), 2);
  EXPECT_EQ(ParseUnits("1000m"), 1);
  EXPECT_EQ(ParseUnits("512Mi"), 512 << 20);
}

TEST(QuantityTest, HugeExponentsEndAtOnce) {
  EXPECT_EQ(ParseMilli("1e2000000000"), kMost);
  EXPECT_EQ(ParseMilli("1e-2000000000"), 1);
  EXPECT_EQ(ParseMilli("0e2000000000"), 0);
}

}  // namespace
}  // namespace vk::translate
