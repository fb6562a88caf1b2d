#include "provider/translate/sizing.h"

#include <gtest/gtest.h>

#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using k8s::io::api::core::v1::PodSpec;

Size Of(double cpu, double gib) {
  return {static_cast<std::int64_t>(cpu * 1000),
          static_cast<std::int64_t>(gib * static_cast<double>(kGiB))};
}

struct Rounding {
  Size wanted;
  std::optional<Size> size;
  std::string_view region = "cn-hangzhou";
  bool spot = false;
};

class RoundUpTest : public testing::TestWithParam<Rounding> {};

TEST_P(RoundUpTest, WantedSizeGivesTheNearestLegalOne) {
  const Rounding& rounding = GetParam();
  EXPECT_EQ(RoundUp(rounding.wanted, rounding.region, rounding.spot), rounding.size);
}

constexpr std::string_view kElsewhere = "us-east-1";

INSTANTIATE_TEST_SUITE_P(
    Sizes, RoundUpTest,
    testing::Values(
        // The three examples of the documentation.
        Rounding{Of(7, 13), Of(8, 14)}, Rounding{Of(3, 6), Of(4, 6)},
        Rounding{Of(4.25, 8.5), Of(6, 10)},
        // The same where the extra sizes are not sold, and for spot instances.
        Rounding{Of(7, 13), Of(8, 16), kElsewhere}, Rounding{Of(3, 6), Of(4, 8), kElsewhere},
        Rounding{Of(4.25, 8.5), Of(8, 16), kElsewhere},
        Rounding{Of(7, 13), Of(8, 16), "cn-hangzhou", true},
        Rounding{Of(0.25, 0.5), Of(2, 1), "cn-hangzhou", true},
        // The table's corners.
        Rounding{Of(0, 0), Of(2, 4)}, Rounding{Of(0.1, 0.1), Of(0.25, 0.5)},
        Rounding{Of(0.1, 0.875), Of(0.25, 1)}, Rounding{Of(0, 1.5), Of(0.5, 2)},
        Rounding{Of(1, 0), Of(1, 2)}, Rounding{Of(1, 1), Of(1, 2)}, Rounding{Of(1, 9), Of(2, 10)},
        Rounding{Of(2, 16.5), Of(4, 18)}, Rounding{Of(8, 64), Of(8, 64)},
        Rounding{Of(9, 1), Of(12, 12)}, Rounding{Of(0, 500), Of(64, 512)},
        Rounding{Of(64, 512), Of(64, 512)}, Rounding{Of(64.001, 1), std::nullopt},
        Rounding{Of(1, 512.5), std::nullopt}));

PodSpec Spec(const std::string& text) { return FromText<PodSpec>(text); }

TEST(WantedSizeTest, ContainersAddUpWithLimitsBeforeRequestsForEachResource) {
  const PodSpec spec = Spec(R"(
    containers { resources {
      limits { key: "memory" value { string: "896Mi" } }
      requests { key: "memory" value { string: "512Mi" } }
      requests { key: "cpu" value { string: "100m" } } } }
    containers { resources { limits { key: "cpu" value { string: "2" } } } }
    containers {})");

  EXPECT_EQ(WantedSize(spec), Of(2.1, 0.875));
}

// Memory in GiB of init containers in the order of the specification, and of one container.
Size WithSidecars(const std::string& inits, const std::string& app) {
  return WantedSize(Spec(inits + R"(containers { resources { requests {
      key: "memory" value { string: ")" + app + R"(Gi" } } } })"));
}

std::string Init(const std::string& gib, const std::string& policy = "") {
  return R"(initContainers { restartPolicy: ")" + policy + R"(" resources { requests {
      key: "memory" value { string: ")" + gib + R"(Gi" } } } })";
}

TEST(WantedSizeTest, SidecarsAddUpBesideContainersAndBesideLaterInitContainers) {
  const std::string proxy = Init("1", "Always");
  EXPECT_EQ(WithSidecars(proxy + proxy, "3"), Of(0, 5));
  EXPECT_EQ(WithSidecars(Init("4") + proxy, "2"), Of(0, 4));
  EXPECT_EQ(WithSidecars(proxy + Init("4"), "2"), Of(0, 5));
  EXPECT_EQ(WithSidecars(proxy + Init("4") + proxy, "2"), Of(0, 5));
}

TEST(WantedSizeTest, LargestInitContainerCountsWhereItIsMore) {
  const PodSpec spec = Spec(R"(
    initContainers { resources { requests { key: "memory" value { string: "3Gi" } } } }
    initContainers { resources { requests { key: "memory" value { string: "2Gi" } } } }
    containers { resources { requests { key: "cpu" value { string: "1" } }
                             requests { key: "memory" value { string: "1Gi" } } } })");

  EXPECT_EQ(WantedSize(spec), Of(1, 3));
}

TEST(WantedSizeTest, IgnoredContainerDoesNotCount) {
  const PodSpec spec = Spec(R"(
    containers { resources { requests { key: "cpu" value { string: "1" } } } }
    containers { env { name: "__ECI_RESOURCE_IGNORE__" value: "TRUE" }
                 resources { requests { key: "cpu" value { string: "4" } } } })");

  EXPECT_EQ(WantedSize(spec), Of(1, 0));
}

TEST(WantedSizeTest, ResourcesOfThePodBeatTheSum) {
  const PodSpec spec = Spec(R"(
    resources { limits { key: "cpu" value { string: "4" } } }
    containers { resources { requests { key: "cpu" value { string: "1" } }
                             requests { key: "memory" value { string: "1Gi" } } } })");

  EXPECT_EQ(WantedSize(spec), Of(4, 1));
}

TEST(WantedSizeTest, AbsurdAmountsDoNotOverflow) {
  const PodSpec spec = Spec(R"(
    containers { resources { requests { key: "cpu" value { string: "8E" } } } }
    containers { resources { requests { key: "cpu" value { string: "8E" } } } })");

  EXPECT_EQ(RoundUp(WantedSize(spec), "cn-hangzhou", false), std::nullopt);
}

TEST(ExtraStorageTest, ThirtyGiBAreFree) {
  const auto extra = [](const std::string& amount) {
    return ExtraStorageGiB(Spec(R"(containers { resources { requests {
        key: "ephemeral-storage" value { string: ")" +
                                amount + R"(" } } } })"));
  };

  EXPECT_EQ(extra("30Gi"), 0);
  EXPECT_EQ(extra("30.5Gi"), 1);
  EXPECT_EQ(extra("50Gi"), 20);
}

}  // namespace
}  // namespace vk::translate
