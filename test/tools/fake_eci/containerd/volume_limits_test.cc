#include "tools/fake_eci/containerd/volume_limits.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "proto/eci/v1/container_group.pb.h"

namespace vk::fake {
namespace {

namespace fs = std::filesystem;

TEST(VolumeLimitsTest, QuantityIsReadAsKubernetesDoes) {
  EXPECT_EQ(QuantityBytes("1Gi"), 1 << 30);
  EXPECT_EQ(QuantityBytes("1.5k"), 1500);
  EXPECT_EQ(QuantityBytes("1e3"), 1000);
  EXPECT_EQ(QuantityBytes("100m"), 1);
  EXPECT_EQ(QuantityBytes("2E"), 2'000'000'000'000'000'000);
  for (const char* none : {"", "0", "-1", "Gi", "1 Gi", "1gi", "20E"}) {
    EXPECT_EQ(QuantityBytes(none), std::nullopt) << none;
  }
}

TEST(VolumeLimitsTest, OnlyEmptyDirectoriesOnDiskWithALimitAreMeasured) {
  eci::v1::CreateContainerGroupRequest request;
  const auto add = [&](const char* name, const char* type, const char* medium, const char* limit) {
    auto* volume = request.add_volume();
    volume->set_name(name);
    volume->set_type(type);
    volume->mutable_empty_dir_volume()->set_medium(medium);
    volume->mutable_empty_dir_volume()->set_size_limit(limit);
  };
  add("limited", "EmptyDirVolume", "", "1Mi");
  add("free", "EmptyDirVolume", "", "");
  add("memory", "EmptyDirVolume", "Memory", "1Mi");
  add("nfs", "NFSVolume", "", "1Mi");
  HostedGroup group;
  request.SerializeToString(&group.spec);

  const auto limits = LimitsOf(group);

  ASSERT_EQ(limits.size(), 1u);
  EXPECT_EQ(limits[0].bytes, 1 << 20);
  EXPECT_EQ(OutgrownMessage(limits[0]),
            "Usage of EmptyDir volume \"limited\" exceeds the limit \"1Mi\". ");
}

class DiskSpaceTest : public testing::Test {
 protected:
  DiskSpaceTest() : top_(fs::path(testing::TempDir()) / "disk-space-test") {
    fs::remove_all(top_);
    fs::create_directories(top_ / "volume" / "below");
  }
  ~DiskSpaceTest() override { fs::remove_all(top_); }

  void Write(const fs::path& path, std::size_t size) {
    std::ofstream(top_ / path) << std::string(size, 'x');
  }
  std::int64_t Measure(const fs::path& folder) {
    std::int64_t space = 0;
    boost::asio::io_context io(1);
    boost::asio::co_spawn(
        io,
        [&]() -> boost::asio::awaitable<void> {
          space = co_await DiskSpace(folder, io.get_executor());
        },
        boost::asio::detached);
    io.run();
    return space;
  }

  const fs::path top_;
};

TEST_F(DiskSpaceTest, FilesOfAllFoldersCount) {
  const std::int64_t empty = Measure(top_ / "volume");
  Write("volume/a", 100'000);
  Write("volume/below/b", 100'000);

  EXPECT_GE(Measure(top_ / "volume") - empty, 200'000);
}

TEST_F(DiskSpaceTest, FileOfTwoNamesCountsOnceAndTheTargetOfALinkNot) {
  Write("outside", 1'000'000);
  Write("volume/a", 100'000);
  const std::int64_t one = Measure(top_ / "volume");
  fs::create_hard_link(top_ / "volume" / "a", top_ / "volume" / "b");
  fs::create_symlink(top_ / "outside", top_ / "volume" / "link");

  EXPECT_LT(Measure(top_ / "volume") - one, 100'000);
}

TEST_F(DiskSpaceTest, FileThatIsMostlyAHoleTakesLittle) {
  Write("volume/hole", 1);
  fs::resize_file(top_ / "volume" / "hole", 1 << 30);

  EXPECT_LT(Measure(top_ / "volume"), 1 << 20);
}

TEST_F(DiskSpaceTest, MoreFilesThanAreSeenAtOnceAllCount) {
  for (int i = 0; i < 1200; ++i) Write("volume/" + std::to_string(i), 1);

  EXPECT_GE(Measure(top_ / "volume"), 1200 * 512);
}

TEST_F(DiskSpaceTest, MissingFolderTakesNothing) { EXPECT_EQ(Measure(top_ / "none"), 0); }

}  // namespace
}  // namespace vk::fake
