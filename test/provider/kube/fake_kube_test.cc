#include "provider/kube/testing/fake_kube.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/testing/fake_pods.h"

namespace vk::kube {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::IsEmpty;

// Writes down what a watch tells: "A one", "M one", "D one", "B", or the error's cloud code.
class Recorder final : public WatchSink {
 public:
  void OnEvent(WatchEvent event) override {
    if (event.type == WatchEventType::kBookmark) {
      told.push_back(event.initial_events_end ? "end" : "B");
      return;
    }
    const char* names[] = {"A ", "M ", "D "};
    told.push_back(names[static_cast<int>(event.type)] + IdentityOf(event.object)->name);
  }
  void OnBroken(base::Error error) override {
    told.push_back(error.cloud_code.empty() ? "broken" : error.cloud_code);
  }

  std::vector<std::string> told;
};

class FakeKubeTest : public testing::Test {
 protected:
  std::vector<std::string> Pods(ListFreshness freshness = ListFreshness::kQuorum) {
    ListOptions options;
    options.freshness = freshness;
    std::vector<std::string> names;
    for (const std::string& item : server_.List(kPods, "", options)->items)
      names.push_back(IdentityOf(item)->name);
    return names;
  }
  void Watch(const std::string& version) {
    WatchOptions options;
    options.resource_version = version;
    ASSERT_TRUE(server_.AddWatch(kPods, "", options, watch_));
  }
  std::string Version() { return std::to_string(server_.revision()); }

  base::WallTime now_{std::chrono::seconds(1'700'000'000)};
  FakeKube server_{1, [this] { return now_; }};
  Recorder watch_;
};

TEST_F(FakeKubeTest, CompactedThenOlderWatchAndContinueTokenAreExpired) {
  CreateBoundPod(server_, "default", "a", "vk");
  CreateBoundPod(server_, "default", "b", "vk");
  ListOptions paged;
  paged.limit = 1;
  const ListPage first = *server_.List(kPods, "", paged);
  CreateBoundPod(server_, "default", "c", "vk");

  server_.Compact();

  paged.continue_token = first.continue_token;
  const auto second = server_.List(kPods, "", paged);
  Watch(first.resource_version);
  EXPECT_TRUE(ResourceVersionExpired(second.error()));
  EXPECT_THAT(watch_.told, ElementsAre("Expired"));
  EXPECT_EQ(server_.watch_count(), 0U);
}

TEST_F(FakeKubeTest, CompactedThenWatchFromThatMomentGoesOn) {
  server_.Compact();
  Watch(Version());

  CreateBoundPod(server_, "default", "a", "vk");

  EXPECT_THAT(watch_.told, ElementsAre("A a"));
}

TEST_F(FakeKubeTest, BookmarksAskedForThenEveryWatchGetsOne) {
  Watch(Version());

  server_.SendBookmarks();

  EXPECT_THAT(watch_.told, ElementsAre("B"));
}

TEST_F(FakeKubeTest, CacheHeldThenCachedListsAreOldAndQuorumListsAreNot) {
  CreateBoundPod(server_, "default", "a", "vk");
  server_.HoldCache();
  CreateBoundPod(server_, "default", "b", "vk");
  ForceDeletePod(server_, "default", "a");

  EXPECT_THAT(Pods(ListFreshness::kCached), ElementsAre("a"));
  EXPECT_THAT(Pods(ListFreshness::kQuorum), ElementsAre("b"));

  server_.ReleaseCache();
  EXPECT_THAT(Pods(ListFreshness::kCached), ElementsAre("b"));
}

TEST_F(FakeKubeTest, CacheHeldThenWatchFromZeroShowsTheOldStateAndWhatFollowed) {
  CreateBoundPod(server_, "default", "a", "vk");
  server_.HoldCache();
  ForceDeletePod(server_, "default", "a");

  Watch("0");

  EXPECT_THAT(watch_.told, ElementsAre("A a", "M a", "D a"));
}

TEST_F(FakeKubeTest, WatchListNotOfferedThenRefusedAtOnce) {
  server_.OfferWatchList(false);
  WatchOptions options;
  options.send_initial_events = true;

  const auto watch = server_.AddWatch(kPods, "", options, watch_);

  ASSERT_FALSE(watch);
  EXPECT_EQ(watch.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(watch.error().cloud_code, "Invalid sendInitialEvents");
}

TEST_F(FakeKubeTest, WatchRemovedThenSilence) {
  WatchOptions options;
  options.resource_version = Version();
  const WatchId id = *server_.AddWatch(kPods, "", options, watch_);

  server_.RemoveWatch(id);
  CreateBoundPod(server_, "default", "a", "vk");

  EXPECT_THAT(watch_.told, IsEmpty());
}

TEST_F(FakeKubeTest, RestoredThenLaterObjectsAreGoneAndVersionsGoBack) {
  CreateBoundPod(server_, "default", "a", "vk");
  const auto snapshot = server_.TakeSnapshot();
  const std::uint64_t then = server_.revision();
  const std::string lost = CreateBoundPod(server_, "default", "b", "vk");
  Watch(Version());

  server_.Restore(snapshot);

  EXPECT_THAT(Pods(), ElementsAre("a"));
  EXPECT_EQ(server_.revision(), then);
  EXPECT_THAT(watch_.told, ElementsAre("broken"));
  EXPECT_NE(CreateBoundPod(server_, "default", "b", "vk"), lost);
  EXPECT_GT(server_.revision(), then);
}

TEST_F(FakeKubeTest, RestoredThenWatchFromALostVersionIsSilentUntilItHasPassed) {
  const auto snapshot = server_.TakeSnapshot();
  CreateBoundPod(server_, "default", "lost", "vk");
  const std::string lost_version = Version();
  server_.Restore(snapshot);
  Watch(lost_version);

  CreateBoundPod(server_, "default", "a", "vk");
  server_.SendBookmarks();
  CreateBoundPod(server_, "default", "b", "vk");

  EXPECT_THAT(watch_.told, ElementsAre("B", "A b"));
}

TEST_F(FakeKubeTest, SameSeedThenSameUidsAndAnotherSeedOthers) {
  FakeKube same(1, [this] { return now_; });
  FakeKube other(2, [this] { return now_; });

  const std::string uid = CreateBoundPod(server_, "spark", "a", "vk");

  EXPECT_EQ(CreateBoundPod(same, "spark", "a", "vk"), uid);
  EXPECT_NE(CreateBoundPod(other, "spark", "a", "vk"), uid);
}

TEST_F(FakeKubeTest, NewNamespaceThenItHasAnAccountAndTheRootCertificate) {
  CreateBoundPod(server_, "spark", "a", "vk");

  EXPECT_TRUE(server_.Get(kServiceAccounts, ObjectKey{"spark", "default", ""}));
  EXPECT_TRUE(server_.Get(kConfigMaps, ObjectKey{"spark", "kube-root-ca.crt", ""}));
}

TEST_F(FakeKubeTest, PodsOfOneLineThenCreatedMarkedAndRemoved) {
  CreateBoundPod(server_, "spark", "a", "vk");
  DeletePod(server_, "spark", "a");
  EXPECT_THAT(Pods(), ElementsAre("a"));

  ForceDeletePod(server_, "spark", "a");

  EXPECT_THAT(Pods(), IsEmpty());
}

TEST_F(FakeKubeTest, UnknownKindThenNotFound) {
  EXPECT_EQ(server_.Get(kTokenReviews, ObjectKey{"", "x", ""}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(server_.Get(kLeases, ObjectKey{"default", "x", "status"}).error().code,
            ErrorCode::kNotFound);
}

TEST_F(FakeKubeTest, GarbageThenInvalidArgument) {
  EXPECT_EQ(server_.Create(kPods, ObjectKey{"default", "", ""}, "\xff").error().code,
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace vk::kube
