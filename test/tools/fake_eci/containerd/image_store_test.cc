#include "tools/fake_eci/containerd/image_store.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "proto/eci/v1/container_group.pb.h"
#include "test/tools/fake_eci/containerd/image_fixture.h"

namespace vk::fake {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ImageStoreTest : public ImageTest {
 protected:
  ImageStoreTest() {
    containerd_.Publish("vk.test/app:1", "id-app");
    containerd_.Publish("vk.test/web:1", "id-web");
  }

  void Begin(ImageStore::Wanted wanted) {
    tasks_.Spawn("have", Note(&store_, std::move(wanted), &said_));
  }
  void Have(ImageStore::Wanted wanted) {
    Begin(std::move(wanted));
    Settle();
  }
  void LetGo(const std::string& user) {
    store_.LetGo(user);
    Settle();
  }

  // Until a later call was answered, so that those before it had their time.
  void LetOthersAnswer() {
    containerd_.Put("vk.test/other:1", "id-other");
    const std::size_t before = said_.size();
    Begin({.user = "other", .image = "vk.test/other:1"});
    EXPECT_TRUE(RunUntil([&] { return said_.size() > before; }));
  }

  // What each said, in the order of its end.
  std::vector<std::string> said_;

 private:
  static boost::asio::awaitable<void> Note(ImageStore* store, ImageStore::Wanted wanted,
                                           std::vector<std::string>* said) {
    const auto had =
        co_await store->Have(std::move(wanted), [said] { said->emplace_back("pulling"); });
    said->push_back(had ? *had : "error: " + had.error().error.message);
  }
};

TEST_F(ImageStoreTest, AbsentImageIsPulledWithItsUsersCredential) {
  eci::v1::CreateContainerGroupRequest secrets;
  auto* credential = secrets.add_image_registry_credential();
  credential->set_server("vk.test");
  credential->set_user_name("puller");

  Have({.user = "a", .image = "vk.test/app:1", .pull_secrets = secrets.SerializeAsString()});

  EXPECT_THAT(
      said_, ElementsAre("pulling", StartsWith("Successfully pulled image \"vk.test/app:1\" in ")));
  EXPECT_THAT(containerd_.pulls(), ElementsAre("vk.test/app:1 as puller"));
}

TEST_F(ImageStoreTest, PresentImageIsPulledOnlyByThePolicyAlways) {
  containerd_.Put("vk.test/app:1", "id-app");

  Have({.user = "a", .image = "vk.test/app:1"});
  EXPECT_THAT(said_, ElementsAre(HasSubstr("already present on machine")));
  EXPECT_THAT(containerd_.pulls(), IsEmpty());
  Have({.user = "a", .image = "vk.test/app:1", .policy = "Always"});

  EXPECT_EQ(containerd_.pulls().size(), 1);
}

TEST_F(ImageStoreTest, AbsentImageIsAnErrorByThePolicyNever) {
  Have({.user = "a", .image = "vk.test/app:1", .policy = "Never"});

  EXPECT_THAT(said_, ElementsAre(HasSubstr("image \"vk.test/app:1\" is not present")));
  EXPECT_THAT(containerd_.pulls(), IsEmpty());
}

TEST_F(ImageStoreTest, UsersThatComeTogetherShareOnePull) {
  containerd_.HoldAll();
  Begin({.user = "a", .image = "vk.test/app:1"});
  Begin({.user = "b", .image = "vk.test/app:1"});
  WaitForPulls(1);

  containerd_.LetAllEnd();
  Settle();

  EXPECT_EQ(containerd_.pulls().size(), 1);
  EXPECT_THAT(said_, ElementsAre("pulling", HasSubstr("Successfully pulled"),
                                 HasSubstr("already present on machine")));
}

TEST_F(ImageStoreTest, OtherImagesAreNotWaitedFor) {
  containerd_.HoldAll();
  Begin({.user = "a", .image = "vk.test/app:1"});
  Begin({.user = "a", .image = "vk.test/web:1"});

  WaitForPulls(2);
}

TEST_F(ImageStoreTest, FailedPullIsAnErrorAndTriedAgainByTheNext) {
  Have({.user = "a", .image = "vk.test/late:1"});
  EXPECT_THAT(said_, ElementsAre("pulling", HasSubstr("no such image")));

  containerd_.Publish("vk.test/late:1", "id-late");
  Have({.user = "b", .image = "vk.test/late:1"});

  EXPECT_THAT(said_.back(), StartsWith("Successfully pulled"));
}

TEST_F(ImageStoreTest, ImageGoesWithItsLastUserAndIsPulledAgain) {
  Have({.user = "a", .image = "vk.test/app:1"});
  Have({.user = "b", .image = "vk.test/app:1"});

  LetGo("a");
  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/app:1"));
  LetGo("b");
  EXPECT_THAT(containerd_.images(), IsEmpty());
  Have({.user = "c", .image = "vk.test/app:1"});

  EXPECT_EQ(containerd_.pulls().size(), 2);
}

TEST_F(ImageStoreTest, UserThatGoesLeavesWhatItKeeps) {
  Have({.user = "a", .image = "vk.test/app:1"});
  Have({.user = "a", .image = "vk.test/web:1"});

  store_.LetGo("a", {"vk.test/web:1"});
  Settle();

  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/web:1"));
}

TEST_F(ImageStoreTest, UserThatComesBeforeTheRemovalKeepsTheImage) {
  Have({.user = "a", .image = "vk.test/app:1"});

  store_.LetGo("a");
  store_.Use("b", {"vk.test/app:1"});
  Settle();

  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/app:1"));
}

TEST_F(ImageStoreTest, UserThatComesDuringTheRemovalHasTheImage) {
  Have({.user = "a", .image = "vk.test/app:1"});

  containerd_.HoldAll();
  store_.LetGo("a");
  EXPECT_TRUE(RunUntil([this] { return containerd_.removals() == 1; }));
  Begin({.user = "b", .image = "vk.test/app:1"});
  LetOthersAnswer();
  containerd_.LetAllEnd();
  Settle();

  EXPECT_THAT(containerd_.images(), Contains("vk.test/app:1"));
}

TEST_F(ImageStoreTest, UserThatGoesDuringThePullLeavesNothing) {
  containerd_.HoldAll();
  Begin({.user = "a", .image = "vk.test/app:1"});
  WaitForPulls(1);

  store_.LetGo("a");
  LetOthersAnswer();
  containerd_.LetAllEnd();
  Settle();

  EXPECT_THAT(containerd_.images(), Not(Contains("vk.test/app:1")));
}

TEST_F(ImageStoreTest, ImageStaysAsLongAsOneOfItsNamesIsUsed) {
  containerd_.Publish("vk.test/same:1", "id-app");
  Have({.user = "a", .image = "vk.test/app:1"});
  Have({.user = "b", .image = "vk.test/same:1"});

  LetGo("a");
  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/app:1", "vk.test/same:1"));
  LetGo("b");

  EXPECT_THAT(containerd_.images(), IsEmpty());
}

TEST_F(ImageStoreTest, PinnedImageStays) {
  store_.Pin({"vk.test/app:1"});
  Have({.user = "a", .image = "vk.test/app:1"});

  LetGo("a");

  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/app:1"));
}

TEST_F(ImageStoreTest, SweepRemovesWhatNobodyUses) {
  containerd_.Put("vk.test/app:1", "id-app");
  containerd_.Put("vk.test/old:1", "id-old");
  store_.Use("a", {"vk.test/app:1"});
  bool swept = false;

  tasks_.Spawn("sweep", [](ImageStore* store, bool* done) -> boost::asio::awaitable<void> {
    *done = (co_await store->Sweep()).has_value();
  }(&store_, &swept));
  Settle();

  EXPECT_TRUE(swept);
  EXPECT_THAT(containerd_.images(), ElementsAre("vk.test/app:1"));
}

}  // namespace
}  // namespace vk::fake
