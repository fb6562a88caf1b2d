#include "tools/fake_eci/containerd/usage_reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vk::fake {
namespace {

namespace fs = std::filesystem;

class UsageReaderTest : public testing::Test {
 protected:
  UsageReaderTest() : top_(fs::path(testing::TempDir()) / "usage-reader-test") {
    fs::remove_all(top_);
    fs::create_directories(top_);
  }
  ~UsageReaderTest() override { fs::remove_all(top_); }

  void Write(const fs::path& path, const std::string& text) {
    fs::create_directories((top_ / path).parent_path());
    std::ofstream(top_ / path) << text;
  }
  UsageReader Reader() const { return UsageReader(top_ / "cgroup", top_ / "proc"); }

  const fs::path top_;
};

TEST_F(UsageReaderTest, VersionOneHasATreeForEachController) {
  Write("cgroup/unified/cgroup.controllers", "");
  Write("cgroup/cpuacct/g/c/cpuacct.usage", "7000\n");
  Write("cgroup/memory/g/c/memory.usage_in_bytes", "900\n");
  Write("cgroup/memory/g/c/memory.stat",
        "cache 1\nrss 2\ntotal_cache 300\ntotal_rss 500\ntotal_inactive_file 100\n");

  const ResourceUsage usage = Reader().Resources("/g/c");

  EXPECT_EQ(usage.cpu_nanoseconds, 7000);
  EXPECT_EQ(usage.memory, 900);
  EXPECT_EQ(usage.working_set, 800);
  EXPECT_EQ(usage.rss, 500);
  EXPECT_EQ(usage.cache, 300);
}

TEST_F(UsageReaderTest, VersionTwoHasOneTree) {
  Write("cgroup/cgroup.controllers", "cpu memory io\n");
  Write("cgroup/g/c/cpu.stat", "usage_usec 7\nuser_usec 5\n");
  Write("cgroup/g/c/memory.current", "900\n");
  Write("cgroup/g/c/memory.stat", "anon 500\nfile 300\ninactive_file 1000\n");
  Write("cgroup/g/c/io.stat", "999:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n");

  const ResourceUsage usage = Reader().Resources("/g/c");
  const auto disks = Reader().Disks("/g/c");

  EXPECT_EQ(usage.cpu_nanoseconds, 7000);
  EXPECT_EQ(usage.memory, 900);
  EXPECT_EQ(usage.working_set, 0);
  EXPECT_EQ(usage.rss, 500);
  EXPECT_EQ(usage.cache, 300);
  ASSERT_EQ(disks.size(), 1u);
  EXPECT_EQ(disks[0].device, "999:0");
  EXPECT_EQ(disks[0].read_bytes, 10);
  EXPECT_EQ(disks[0].written_bytes, 20);
  EXPECT_EQ(disks[0].write_operations, 2);
}

TEST_F(UsageReaderTest, VersionOneTellsDisksByOperation) {
  Write("cgroup/blkio/g/blkio.throttle.io_service_bytes_recursive",
        "999:0 Read 10\n999:0 Write 20\n999:0 Sync 30\nTotal 30\n");
  Write("cgroup/blkio/g/blkio.throttle.io_serviced_recursive", "999:0 Read 1\n999:0 Write 2\n");

  const auto disks = Reader().Disks("/g");

  ASSERT_EQ(disks.size(), 1u);
  EXPECT_EQ(disks[0].read_bytes, 10);
  EXPECT_EQ(disks[0].written_bytes, 20);
  EXPECT_EQ(disks[0].read_operations, 1);
  EXPECT_EQ(disks[0].write_operations, 2);
}

TEST_F(UsageReaderTest, InterfacesAreThoseOfAProcessInIt) {
  Write("cgroup/memory/g/c/cgroup.procs", "42\n43\n");
  Write("proc/42/net/dev",
        "Inter-|   Receive  |  Transmit\n face |bytes packets errs ...\n"
        "    lo: 9 9 9 9 0 0 0 0 9 9 9 9 0 0 0 0\n"
        "  eth0:1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n");

  const auto interfaces = Reader().Interfaces("/g");

  ASSERT_EQ(interfaces.size(), 1u);
  EXPECT_EQ(interfaces[0].name, "eth0");
  EXPECT_EQ(interfaces[0].received.bytes, 1);
  EXPECT_EQ(interfaces[0].received.drops, 4);
  EXPECT_EQ(interfaces[0].sent.bytes, 5);
  EXPECT_EQ(interfaces[0].sent.packets, 6);
  EXPECT_EQ(interfaces[0].sent.errors, 7);
}

TEST_F(UsageReaderTest, WritableLayerIsTheUpperFolderOfTheRootMount) {
  Write("cgroup/memory/g/c/cgroup.procs", "42\n43\n");
  Write("proc/42/mountinfo",
        "700 650 0:90 / /proc rw - proc proc rw\n"
        "650 600 0:80 / / rw,relatime - overlay overlay rw,lowerdir=/l/1:/l/2,upperdir=/s/3/fs,"
        "workdir=/s/3/work\n");

  EXPECT_EQ(Reader().WritableLayer("/g/c"), "/s/3/fs");
  EXPECT_EQ(Reader().WritableLayer("/g/other"), "");
}

TEST_F(UsageReaderTest, GroupThatIsGoneUsesNothing) {
  EXPECT_EQ(Reader().Resources("/g").memory, 0);
  EXPECT_TRUE(Reader().Disks("/g").empty());
  EXPECT_TRUE(Reader().Interfaces("/g").empty());
}

}  // namespace
}  // namespace vk::fake
