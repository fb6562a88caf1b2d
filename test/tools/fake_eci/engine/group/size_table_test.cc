#include "tools/fake_eci/engine/group/size_table.h"

#include <gtest/gtest.h>

namespace vk::fake {
namespace {

struct Rounding {
  Size wanted;
  const char* region;
  bool spot;
  Size sold;
};

class SizeTableTest : public testing::TestWithParam<Rounding> {};

TEST_P(SizeTableTest, WantedSizeIsRoundedUpToALegalOne) {
  const Rounding& row = GetParam();

  const auto sold = RoundUp(row.wanted, row.region, row.spot);

  ASSERT_TRUE(sold) << sold.error().message;
  EXPECT_EQ(sold->cpu, row.sold.cpu);
  EXPECT_EQ(sold->memory, row.sold.memory);
}

// The examples of ECI's own pages first.
INSTANTIATE_TEST_SUITE_P(Rounding, SizeTableTest,
                         testing::Values(Rounding{{7, 13}, "cn-hangzhou", false, {8, 14}},
                                         Rounding{{3, 6}, "cn-hangzhou", false, {4, 6}},
                                         Rounding{{4.25, 8.5}, "cn-hangzhou", false, {6, 10}},
                                         Rounding{{1, 1}, "cn-hangzhou", false, {1, 2}},
                                         Rounding{{2, 1}, "cn-hangzhou", false, {2, 1}},
                                         Rounding{{0, 0}, "cn-hangzhou", false, {0.25, 0.5}},
                                         Rounding{{0.25, 4}, "cn-hangzhou", false, {1, 4}},
                                         Rounding{{64, 512}, "cn-hangzhou", false, {64, 512}},
                                         Rounding{{33, 1}, "cn-hangzhou", false, {52, 96}},
                                         Rounding{{3, 6}, "eu-west-1", false, {4, 8}},
                                         Rounding{{3, 6}, "cn-hangzhou", true, {4, 8}}));

TEST(SizeTableLimitTest, MoreThanTheLargestSizeIsRefused) {
  EXPECT_EQ(RoundUp({65, 1}, "cn-hangzhou", false).error().cloud_code,
            "InvalidParameter.CPU.Memory");
  EXPECT_EQ(RoundUp({1, 513}, "cn-hangzhou", false).error().cloud_code,
            "InvalidParameter.CPU.Memory");
}

TEST(InstanceTypeTest, FamilyAndSuffixGiveTheSize) {
  EXPECT_EQ(SizeOfInstanceType("ecs.c6.large"), (Size{2, 4}));
  EXPECT_EQ(SizeOfInstanceType("ecs.g7.xlarge"), (Size{4, 16}));
  EXPECT_EQ(SizeOfInstanceType("ecs.r6.4xlarge"), (Size{16, 128}));
  EXPECT_EQ(SizeOfInstanceType("ecs.c6.huge").error().cloud_code, "InvalidInstanceTypeForEciBuy");
}

}  // namespace
}  // namespace vk::fake
