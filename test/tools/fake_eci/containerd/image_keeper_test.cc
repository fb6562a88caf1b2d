#include "tools/fake_eci/containerd/image_keeper.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "test/tools/fake_eci/containerd/image_fixture.h"
#include "tools/fake_eci/engine/image_cache/image_cache.h"
#include "tools/fake_eci/engine/image_cache/image_cache_life.h"

namespace vk::fake {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ImageKeeperTest : public ImageTest {
 protected:
  ImageKeeperTest() {
    for (const char* name : {"app", "web"}) {
      containerd_.Publish(std::string("vk.test/") + name + ":1", std::string("id-") + name);
    }
  }

  static ImageCache Cache(const std::vector<std::string>& images, std::uint64_t epoch = 1) {
    ImageCache cache;
    cache.number = 4;
    cache.id = "imc-one";
    cache.images = images;
    cache.status = "Creating";
    cache.epoch = epoch;
    return cache;
  }

  void Hold(const ImageCache& cache) {
    keeper_.Hold(cache);
    Settle();
  }

  // What the next process finds; `refused` snapshots are no caches to it.
  std::vector<std::string> FoundAnew(const std::string& refused = "none") {
    ImageKeeper next = MakeKeeper();
    std::vector<std::string> found;
    next.Find([&](std::string_view snapshot) -> base::Status {
      if (snapshot == refused) {
        return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument, "no snapshot"));
      }
      found.emplace_back(snapshot);
      return {};
    });
    return found;
  }

  fs::path FileOf(const std::string& id) const { return paths_.caches() / id; }
  static void Write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  std::vector<std::string> told_;  // "1 had", "1 held", "2 not held: WHY", by epoch.
  const RuntimePaths paths_{folder_};

 private:
  ImageKeeper MakeKeeper() {
    return ImageKeeper({.images = store_,
                        .paths = paths_,
                        .log = log_,
                        .tasks = tasks_,
                        .report = [this](const ImageReport& report) { Note(report); }});
  }
  void Note(const ImageReport& report) {
    EXPECT_EQ(report.cache, 4);
    std::string line = std::to_string(report.epoch);
    switch (report.kind) {
      case ImageReport::Kind::kHad:
        line += " had";
        break;
      case ImageReport::Kind::kHeld:
        line += " held";
        break;
      case ImageReport::Kind::kNotHeld:
        line += " not held: " + report.message;
        break;
    }
    told_.push_back(line);
    if (on_told_) on_told_();
  }

 protected:
  ImageKeeper keeper_ = MakeKeeper();
  std::function<void()> on_told_;
};

TEST_F(ImageKeeperTest, CacheIsHeldOnceEachOfItsImagesIsThere) {
  keeper_.Hold(Cache({"vk.test/app:1", "vk.test/web:1"}));
  EXPECT_THAT(told_, IsEmpty());
  Settle();

  EXPECT_THAT(told_, ElementsAre("1 had", "1 had", "1 held"));
  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/app:1", "vk.test/web:1"));
}

TEST_F(ImageKeeperTest, CacheWithAnImageThatCannotBePulledHoldsNothing) {
  Hold(Cache({"vk.test/app:1", "vk.test/none:1", "vk.test/web:1"}));

  EXPECT_THAT(told_, ElementsAre("1 had", HasSubstr("1 not held: Failed to pull image "
                                                    "\"vk.test/none:1\": ")));
  EXPECT_THAT(containerd_.images(), IsEmpty());
}

TEST_F(ImageKeeperTest, UpdateHoldsTheNewImagesAlone) {
  Hold(Cache({"vk.test/app:1"}));

  Hold(Cache({"vk.test/web:1"}, 2));

  EXPECT_EQ(told_.back(), "2 held");
  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/web:1"));
}

TEST_F(ImageKeeperTest, FailedUpdateHoldsWhatWasHeldBefore) {
  Hold(Cache({"vk.test/app:1"}));

  Hold(Cache({"vk.test/web:1", "vk.test/none:1"}, 2));

  EXPECT_THAT(told_.back(), HasSubstr("2 not held"));
  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/app:1"));
}

TEST_F(ImageKeeperTest, DroppedCacheLetsGoOfWhatNobodyElseUses) {
  Hold(Cache({"vk.test/app:1", "vk.test/web:1"}));
  store_.Use("group", {"vk.test/web:1"});

  keeper_.Drop(Cache({}));
  keeper_.Drop(Cache({}));
  Settle();

  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/web:1"));
  EXPECT_THAT(FoundAnew(), IsEmpty());
}

TEST_F(ImageKeeperTest, CacheThatIsDroppedBeforeItsPullLeavesNothing) {
  keeper_.Hold(Cache({"vk.test/app:1"}));

  keeper_.Drop(Cache({}));
  Settle();

  EXPECT_THAT(told_, IsEmpty());
  EXPECT_THAT(containerd_.images(), IsEmpty());
}

TEST_F(ImageKeeperTest, CacheThatIsDroppedDuringItsPullLeavesNothing) {
  containerd_.HoldAll();
  keeper_.Hold(Cache({"vk.test/app:1", "vk.test/web:1"}));
  WaitForPulls(1);

  keeper_.Drop(Cache({}));
  containerd_.LetAllEnd();
  Settle();

  EXPECT_THAT(told_, IsEmpty());
  EXPECT_THAT(containerd_.images(), IsEmpty());
}

TEST_F(ImageKeeperTest, CacheThatIsDroppedByWhoeverIsToldLeavesNothing) {
  on_told_ = [this] { keeper_.Drop(Cache({})); };

  Hold(Cache({"vk.test/app:1"}));

  EXPECT_THAT(told_, ElementsAre("1 had"));
  EXPECT_THAT(containerd_.images(), IsEmpty());
}

TEST_F(ImageKeeperTest, UpdateThatFailsAgainAfterARestartHoldsWhatWasHeldBefore) {
  store_.Use("group", {"vk.test/app:1"});
  ImageCache cache = Cache({"vk.test/none:1"});
  cache.held = {"vk.test/app:1"};
  Hold(Cache({"vk.test/app:1"}));
  keeper_.Drop(Cache({}));

  Hold(cache);
  store_.LetGo("group");
  Settle();

  EXPECT_THAT(told_.back(), HasSubstr("not held"));
  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/app:1"));
}

TEST_F(ImageKeeperTest, CacheIsFoundAnewAsItWasWrittenDown) {
  ImageCache cache = Cache({"vk.test/app:1"});
  cache.pull_secrets = "secrets";
  Hold(cache);
  EXPECT_THAT(FoundAnew(), ElementsAre(SnapshotOf(cache)));

  cache.status = "Ready";
  keeper_.Remember(cache);

  EXPECT_THAT(FoundAnew(), ElementsAre(SnapshotOf(cache)));
  EXPECT_EQ(fs::status(paths_.caches()).permissions(), fs::perms::owner_all);
}

TEST_F(ImageKeeperTest, DamagedFileIsNamedAndKeptAndTheOthersAreFound) {
  Write(FileOf("imc-0"), "damaged");
  Write(FileOf("imc-9"), "whole");

  EXPECT_THAT(FoundAnew("damaged"), ElementsAre("whole"));

  ASSERT_EQ(log_.lines.size(), 1);
  EXPECT_THAT(log_.lines[0], HasSubstr(FileOf("imc-0").string()));
  EXPECT_THAT(log_.lines[0], HasSubstr("no snapshot"));
  EXPECT_TRUE(fs::exists(FileOf("imc-0")));
}

TEST_F(ImageKeeperTest, FileThatWasNotWrittenToItsEndIsPassedOver) {
  Write(FileOf("imc-0.half"), "half");

  EXPECT_THAT(FoundAnew(), IsEmpty());
  EXPECT_THAT(log_.lines, IsEmpty());
}

TEST_F(ImageKeeperTest, CacheThatIsHeldAlreadyIsNotFound) {
  Hold(Cache({"vk.test/app:1"}));
  int found = 0;

  keeper_.Find([&](std::string_view) -> base::Status {
    ++found;
    return {};
  });

  EXPECT_EQ(found, 0);
}

TEST_F(ImageKeeperTest, FolderThatCannotBeWrittenIsNamed) {
  Write(paths_.caches(), "in the way");

  Hold(Cache({"vk.test/app:1"}));

  EXPECT_EQ(told_.back(), "1 held");
  ASSERT_EQ(log_.lines.size(), 1);
  EXPECT_THAT(log_.lines[0], HasSubstr(paths_.caches().string()));
}

}  // namespace
}  // namespace vk::fake
