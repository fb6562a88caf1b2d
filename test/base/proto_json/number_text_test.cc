#include "base/proto_json/number_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace vk::base {
namespace {

TEST(NumberTextTest, DecimalsAreAsShortAsTheyWereWritten) {
  EXPECT_EQ(NumberText(0.5f), "0.5");
  EXPECT_EQ(NumberText(0.025f), "0.025");
  EXPECT_EQ(NumberText(1.0f), "1");
  EXPECT_EQ(NumberText(0.1f), "0.1");
  EXPECT_EQ(NumberText(0.1), "0.1");
  EXPECT_EQ(NumberText(-2.75), "-2.75");
}

TEST(NumberTextTest, SmallAndLargeNumbersHaveNoExponentWithinReason) {
  EXPECT_EQ(NumberText(0.000049), "0.000049");
  EXPECT_EQ(NumberText(0.00000613f), "0.00000613");
  EXPECT_EQ(NumberText(100000.0), "100000");
  EXPECT_EQ(NumberText(3e10f), "30000000000");
  EXPECT_EQ(NumberText(1e21), "1e+21");
  EXPECT_EQ(NumberText(1e-7), "1e-07");
}

TEST(NumberTextTest, BothZerosAreZero) {
  EXPECT_EQ(NumberText(0.0), "0");
  EXPECT_EQ(NumberText(-0.0f), "0");
}

TEST(NumberTextTest, ExtremesFit) {
  EXPECT_EQ(NumberText(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(NumberText(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(NumberText(std::numeric_limits<float>::max()), "3.4028235e+38");
}

}  // namespace
}  // namespace vk::base
