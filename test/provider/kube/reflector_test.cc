#include "provider/kube/reflector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/kube/kube_fixture.h"

namespace vk::kube {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

// Keeps what is there, as PodStore would.
class SetSink final : public ReflectorSink {
 public:
  void OnListBegin() override { listed_.clear(); }
  void OnListPage(std::vector<ListedObject> page) override {
    page_sizes.push_back(page.size());
    for (const ListedObject& object : page) {
      listed_.insert(object.identity.name);
      names.insert(object.identity.name);
    }
  }
  void OnListEnd(bool is_complete) override {
    ++lists;
    complete = is_complete;
    if (is_complete) names = listed_;
  }
  void OnEvent(const ObjectIdentity& identity, WatchEvent event) override {
    events.push_back(identity.name);
    if (event.type == WatchEventType::kDeleted) {
      names.erase(identity.name);
    } else {
      names.insert(identity.name);
    }
  }

  int lists = 0;  // That came to their end.
  bool complete = false;
  std::set<std::string> names;
  std::vector<std::string> events;
  std::vector<std::size_t> page_sizes;

 private:
  std::set<std::string> listed_;
};

class ReflectorTest : public KubeTest {
 protected:
  void Start(ReflectorOptions options = {.resource = kSecrets, .ns = "default"}) {
    reflector_.emplace(std::move(options), api_, clock_, base::Random(7), log_, metrics_, sink_);
    tasks_.Spawn("reflector", reflector_->Run());
    clock_.Advance(0s);
  }
  void Add(const std::string& name) {
    k8s::io::api::core::v1::Secret secret;
    secret.mutable_metadata()->set_name(name);
    ASSERT_TRUE(server_.Create(kSecrets, {"default", "", ""}, ToBytes(secret)));
  }
  void Remove(const std::string& name) {
    ASSERT_TRUE(server_.Delete(kSecrets, {"default", name, ""}, {}));
  }
  std::ptrdiff_t Calls(const std::string& call) const {
    return std::ranges::count(faults_.calls, call);
  }

  SetSink sink_;
  std::optional<Reflector> reflector_;
};

TEST_F(ReflectorTest, StreamingListThenEventsReachTheSink) {
  Add("a");
  Add("b");
  Start();

  EXPECT_TRUE(reflector_->synced());
  EXPECT_TRUE(sink_.complete);
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));

  Add("c");
  Remove("a");
  clock_.Advance(1s);

  EXPECT_THAT(sink_.names, ElementsAre("b", "c"));
  EXPECT_THAT(sink_.events, ElementsAre("c", "a"));
  EXPECT_EQ(Calls("list secrets"), 0);
}

TEST_F(ReflectorTest, ServerWithoutStreamingListsIsReadByPages) {
  server_.OfferWatchList(false);
  for (int i = 0; i < 250; ++i) Add("m" + std::to_string(i));

  Start({.resource = kSecrets, .ns = "default", .page_size = 120});

  EXPECT_TRUE(reflector_->synced());
  EXPECT_THAT(sink_.names, SizeIs(250));
  EXPECT_EQ(Calls("list secrets"), 3);
  EXPECT_THAT(sink_.page_sizes, Each(Le(100u)));
  Add("late");
  clock_.Advance(1s);
  EXPECT_THAT(sink_.names, Contains("late"));
}

TEST_F(ReflectorTest, NotSyncedBeforeTheFirstListHasEnded) {
  faults_.error = base::Error(ErrorCode::kUnavailable, "away");
  Start();
  clock_.Advance(10s);
  EXPECT_FALSE(reflector_->synced());

  faults_.error.reset();
  clock_.Advance(31s);
  EXPECT_TRUE(reflector_->synced());
}

TEST_F(ReflectorTest, BrokenWatchGoesOnWhereItWasWithoutAList) {
  Add("a");
  Start();
  api_.BreakWatches();
  Add("b");
  clock_.Advance(31s);

  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
  EXPECT_EQ(sink_.lists, 1);
}

TEST_F(ReflectorTest, BrokenWatchIsListedAgainWithinAMinuteWhereThatIsWanted) {
  Add("a");
  Start({.resource = kSecrets, .ns = "default", .list_after_break = true});
  const auto backup = server_.TakeSnapshot();
  Remove("a");
  Add("b");
  clock_.Advance(1s);
  server_.Restore(backup);
  Add("c");
  Add("d");
  Add("e");

  clock_.Advance(70s);

  EXPECT_THAT(sink_.names, ElementsAre("a", "c", "d", "e"));
  EXPECT_EQ(sink_.lists, 2);
}

TEST_F(ReflectorTest, ExpiredVersionListsAgainAndWhatVanishedIsSeen) {
  Add("a");
  Add("b");
  Start();
  faults_.error = base::Error(ErrorCode::kUnavailable, "away");
  api_.BreakWatches();
  clock_.Advance(1s);
  Remove("a");
  Add("c");
  server_.Compact();
  faults_.error.reset();
  clock_.Advance(31s);

  EXPECT_EQ(sink_.lists, 2);
  EXPECT_THAT(sink_.names, ElementsAre("b", "c"));
}

TEST_F(ReflectorTest, ThrottledWatchWaitsAsLongAsItWasTold) {
  faults_.error = base::Error(ErrorCode::kThrottled, "slow down");
  faults_.error->retry_after = 20s;
  Start();
  clock_.Advance(19s);

  EXPECT_THAT(faults_.calls, SizeIs(1));
  clock_.Advance(2s);
  EXPECT_THAT(faults_.calls, SizeIs(2));
}

TEST_F(ReflectorTest, WaitsDoubleUpToThirtySeconds) {
  faults_.error = base::Error(ErrorCode::kUnavailable, "away");
  Start();
  clock_.Advance(10min);

  // Some 0.8 + 1.6 + ... + 30 + 30 ..., each at least half of that.
  EXPECT_GE(faults_.calls.size(), 20u);
  EXPECT_LE(faults_.calls.size(), 50u);
}

TEST_F(ReflectorTest, WatchThatEndedInOrderIsOpenedAgainFromTheLastBookmark) {
  Add("a");
  Start();
  const auto before = Calls("watch secrets");
  for (int minute = 0; minute < 20; ++minute) {
    clock_.Advance(1min);
    server_.SendBookmarks();
  }
  // Without the bookmarks the version of "a" would be too old by now.
  server_.Compact();
  Add("b");
  clock_.Advance(1min);

  EXPECT_GE(Calls("watch secrets"), before + 2);
  EXPECT_EQ(sink_.lists, 1);
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
}

TEST_F(ReflectorTest, WatchesThatEndRightAfterAnEventAreOpenedAtMostOnceASecond) {
  Add("a");
  faults_.watch_limit = 2ms;
  Start();

  for (int i = 0; i < 3'000; ++i) {
    server_.SendBookmarks();
    clock_.Advance(1ms);
  }

  EXPECT_GE(Calls("watch secrets"), 2);
  EXPECT_LE(Calls("watch secrets"), 5);
}

TEST_F(ReflectorTest, WatchThatWasSilentToItsEndIsNotTrusted) {
  Add("a");
  auto backup = server_.TakeSnapshot();
  Add("b");
  Start();
  // The restored server counts from the backup, so that the next watch starts in its future.
  server_.Restore(std::move(backup));
  clock_.Advance(11min);

  EXPECT_GE(sink_.lists, 2);
  EXPECT_THAT(sink_.names, ElementsAre("a"));
}

TEST_F(ReflectorTest, RefusalListsAgain) {
  Start();
  faults_.error = base::Error(ErrorCode::kPermissionDenied, "no");
  api_.BreakWatches();
  clock_.Advance(40s);
  faults_.error.reset();
  clock_.Advance(31s);

  EXPECT_EQ(sink_.lists, 2);
}

// A server of one list with one object that no protobuf parser takes.
class GarbageApi final : public KubeApi {
 public:
  explicit GarbageApi(KubeApi& rest) : rest_(rest) {}
  boost::asio::awaitable<base::Result<ListPage>> List(Resource, std::string, ListOptions,
                                                      base::TimePoint) override {
    k8s::io::api::core::v1::Secret secret;
    secret.mutable_metadata()->set_name("good");
    co_return ListPage{
        .resource_version = "5", .continue_token = {}, .items = {"\xff\xff\xff", ToBytes(secret)}};
  }
  boost::asio::awaitable<base::Result<std::string>> Get(Resource resource, ObjectKey key,
                                                        base::TimePoint deadline) override {
    return rest_.Get(resource, std::move(key), deadline);
  }
  boost::asio::awaitable<base::Result<std::unique_ptr<WatchStream>>> Watch(
      Resource resource, std::string ns, WatchOptions options, base::TimePoint deadline) override {
    return rest_.Watch(resource, std::move(ns), std::move(options), deadline);
  }
  boost::asio::awaitable<base::Result<std::string>> Create(Resource resource, ObjectKey key,
                                                           std::string object,
                                                           base::TimePoint deadline) override {
    return rest_.Create(resource, std::move(key), std::move(object), deadline);
  }
  boost::asio::awaitable<base::Result<std::string>> Update(Resource resource, ObjectKey key,
                                                           std::string object,
                                                           base::TimePoint deadline) override {
    return rest_.Update(resource, std::move(key), std::move(object), deadline);
  }
  boost::asio::awaitable<base::Result<std::string>> Patch(Resource resource, ObjectKey key,
                                                          PatchType type, std::string body,
                                                          base::TimePoint deadline) override {
    return rest_.Patch(resource, std::move(key), type, std::move(body), deadline);
  }
  boost::asio::awaitable<base::Status> Delete(Resource resource, ObjectKey key,
                                              DeleteOptions options,
                                              base::TimePoint deadline) override {
    return rest_.Delete(resource, std::move(key), std::move(options), deadline);
  }

 private:
  KubeApi& rest_;
};

TEST_F(ReflectorTest, UnreadableObjectStopsNothingButProvesNothingGone) {
  GarbageApi garbage(api_);
  reflector_.emplace(ReflectorOptions{.resource = kSecrets, .ns = "default", .watch_list = false},
                     garbage, clock_, base::Random(7), log_, metrics_, sink_);
  tasks_.Spawn("reflector", reflector_->Run());
  clock_.Advance(0s);

  EXPECT_TRUE(reflector_->synced());
  EXPECT_FALSE(sink_.complete);
  EXPECT_THAT(sink_.names, ElementsAre("good"));
  EXPECT_EQ(metrics_
                .GetCounter("kube_watch_unreadable_objects_total",
                            "Objects that were skipped since their bytes do not parse.",
                            {{"resource", "secrets"}})
                .Value(),
            1);
  clock_.Advance(61s);
  EXPECT_EQ(metrics_
                .GetCounter("kube_watch_lists_total", "Whole lists, the first one included.",
                            {{"resource", "secrets"}})
                .Value(),
            2)
      << "a minute later it is looked whether it can be read";
  tasks_.Cancel();
  clock_.Advance(0s);
}

}  // namespace
}  // namespace vk::kube
