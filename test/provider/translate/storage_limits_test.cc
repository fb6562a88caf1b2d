#include "provider/translate/storage_limits.h"

#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

constexpr std::int64_t kMiB = 1024 * 1024;
constexpr char kLimit[] =
    R"(resources { limits { key: "ephemeral-storage" value { string: "20Mi" } } } )";
constexpr char kSecond[] = R"(containers { name: "second" image: "b:1"
    resources { limits { key: "ephemeral-storage" value { string: "1Gi" } } } } )";

TEST(StorageLimitTest, PodWithoutALimitHasNone) {
  const auto pod = PodWith(
      R"(resources { limits { key: "cpu" value { string: "1" } }
                     requests { key: "ephemeral-storage" value { string: "1Gi" } } })");

  EXPECT_EQ(StorageLimit(pod.spec()), std::nullopt);
  EXPECT_EQ(StorageEviction(pod.spec(), 1000 * kMiB), std::nullopt);
}

TEST(StorageLimitTest, LimitsOfContainersAndSidecarsAreAdded) {
  const std::string init = R"(initContainers { name: "i" image: "i:1" )" + std::string(kLimit);

  EXPECT_EQ(StorageLimit(PodWith(kLimit).spec()), 20 * kMiB);
  EXPECT_EQ(StorageLimit(PodWith(kLimit, kSecond).spec()), 1044 * kMiB);
  EXPECT_EQ(StorageLimit(PodWith("", init + "}").spec()), std::nullopt);
  EXPECT_EQ(StorageLimit(PodWith("", init + R"(restartPolicy: "Always" })").spec()), 20 * kMiB);
}

TEST(StorageLimitTest, SumsDoNotOverflow) {
  const std::string most =
      R"(resources { limits { key: "ephemeral-storage" value { string: "8000Pi" } } } )";

  EXPECT_GT(
      *StorageLimit(PodWith(most, "containers { name: \"b\" image: \"b:1\" " + most + "}").spec()),
      0);
}

TEST(StorageEvictionTest, PodWithinItsLimitStays) {
  EXPECT_EQ(StorageEviction(PodWith(kLimit).spec(), 20 * kMiB), std::nullopt);
}

TEST(StorageEvictionTest, OnlyContainerIsNamed) {
  EXPECT_EQ(StorageEviction(PodWith(kLimit).spec(), 20 * kMiB + 1),
            "Container main exceeded its local ephemeral storage limit \"20Mi\". ");
}

TEST(StorageEvictionTest, SeveralContainersAndFoldersAreToldAsThePods) {
  const std::string folder = R"(volumes { name: "v" volumeSource { emptyDir {} } } )";
  const std::string memory =
      R"(volumes { name: "v" volumeSource { emptyDir { medium: "Memory" } } } )";

  EXPECT_EQ(StorageEviction(PodWith(kLimit, kSecond).spec(), 1044 * kMiB + 1),
            "Pod ephemeral local storage usage exceeds the total limit of containers 1044Mi. ");
  EXPECT_EQ(StorageEviction(PodWith(kLimit, folder).spec(), 21 * kMiB),
            "Pod ephemeral local storage usage exceeds the total limit of containers 20Mi. ");
  EXPECT_EQ(StorageEviction(PodWith(kLimit, memory).spec(), 21 * kMiB),
            "Container main exceeded its local ephemeral storage limit \"20Mi\". ");
}

}  // namespace
}  // namespace vk::translate
