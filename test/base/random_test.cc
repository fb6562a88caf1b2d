#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace vk::base {
namespace {

// Fixed numbers: a seed printed on one machine has to replay on every other.
TEST(RandomTest, SeedGivesTheSameNumbersEverywhere) {
  // C++ standard, [rand.predef]: the 10,000th value of mt19937_64 with its default seed.
  Random standard(5489);
  for (int i = 1; i < 10'000; ++i) (void)standard.Next();
  EXPECT_EQ(standard.Next(), 9981545732273789042ull);

  Random random(42);
  EXPECT_EQ(random.Between(-10, 10), -4);
  EXPECT_DOUBLE_EQ(random.Fraction(), 0.63903139385469743);
  EXPECT_EQ(random.HexDigits(20), "a0b7e5e0f769c80ce43d");
  EXPECT_EQ(random.Split("jitter").Next(), 17391041125073121617ull);
}

TEST(RandomTest, SplitDependsOnSeedAndNameButNotOnDraws) {
  Random fresh(7);
  Random drawn(7);
  for (int i = 0; i < 100; ++i) (void)drawn.Next();

  const std::uint64_t first = fresh.Split("a").Next();

  EXPECT_EQ(drawn.Split("a").Next(), first);
  EXPECT_NE(fresh.Split("b").Next(), first);
  EXPECT_NE(Random(8).Split("a").Next(), first);
  EXPECT_NE(fresh.Split("a").Split("a").Next(), first);
}

TEST(RandomTest, BetweenReachesBothEndsAndNothingBeyond) {
  Random random(1);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Between(-1, 2));

  EXPECT_THAT(seen, testing::ElementsAre(-1, 0, 1, 2));
}

TEST(RandomTest, BetweenTakesTheWholeRange) {
  Random random(1);
  Random same(1);

  EXPECT_EQ(random.Between(INT64_MIN, INT64_MAX),
            static_cast<std::int64_t>(same.Next() + (std::uint64_t{1} << 63)));
  EXPECT_EQ(random.Between(5, 5), 5);
}

TEST(RandomTest, FractionStaysInTheHalfOpenUnitInterval) {
  Random random(1);
  double least = 1;
  double most = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double drawn = random.Fraction();
    least = std::min(least, drawn);
    most = std::max(most, drawn);
  }

  EXPECT_GE(least, 0.0);
  EXPECT_LT(least, 0.01);
  EXPECT_LT(most, 1.0);
  EXPECT_GT(most, 0.99);
}

TEST(RandomTest, ChanceAtTheEndsIsCertain) {
  Random random(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(random.Chance(0));
    EXPECT_FALSE(random.Chance(-1));
    EXPECT_TRUE(random.Chance(1));
    EXPECT_TRUE(random.Chance(2));
  }
}

TEST(RandomTest, HexDigitsHaveTheLengthAskedFor) {
  Random random(1);

  EXPECT_EQ(random.HexDigits(0), "");
  EXPECT_THAT(random.HexDigits(40), testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(random.HexDigits(40).size(), 40u);
}

TEST(SystemSeedTest, TwoSeedsDiffer) { EXPECT_NE(SystemSeed(), SystemSeed()); }

}  // namespace
}  // namespace vk::base
