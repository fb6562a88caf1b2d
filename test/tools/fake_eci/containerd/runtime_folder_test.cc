#include "tools/fake_eci/containerd/runtime_folder.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tools/fake_eci/containerd/containerd_process.h"

namespace vk::fake {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
constexpr std::chrono::milliseconds kAtOnce{0};

class RuntimeFolderTest : public testing::Test {
 protected:
  ~RuntimeFolderTest() override { fs::remove_all(folder_); }

  const fs::path folder_ = fs::path(testing::TempDir()) / "runtime_folder_test";
  const RuntimePaths paths_{folder_ / "runtime"};
};

TEST_F(RuntimeFolderTest, AbsentFolderIsMadeAndTakenAgainLater) {
  EXPECT_TRUE(RuntimeFolder::Take(paths_, kAtOnce));

  std::ofstream(paths_.config()) << "version = 2";

  EXPECT_TRUE(RuntimeFolder::Take(paths_, kAtOnce));
}

TEST_F(RuntimeFolderTest, FolderOfSomebodyElseIsRefusedAndLeftAlone) {
  fs::create_directories(paths_.root);
  std::ofstream(paths_.root / "thesis") << "years of work";

  const auto taken = RuntimeFolder::Take(paths_, kAtOnce);

  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("--runtime-dir " + paths_.root.string()));
  EXPECT_FALSE(fs::exists(paths_.lock()));
}

TEST_F(RuntimeFolderTest, FolderInUseIsRefused) {
  const auto first = RuntimeFolder::Take(paths_, kAtOnce);

  const auto second = RuntimeFolder::Take(paths_, kAtOnce);

  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another fake-eci uses it"));
}

TEST_F(RuntimeFolderTest, PurgeOfAFolderOfSomebodyElseRemovesNothing) {
  fs::create_directories(paths_.root);
  std::ofstream(paths_.root / "thesis") << "years of work";

  const base::Status purged = Purge(paths_);

  ASSERT_FALSE(purged);
  EXPECT_EQ(purged.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_TRUE(fs::exists(paths_.root / "thesis"));
}

}  // namespace
}  // namespace vk::fake
