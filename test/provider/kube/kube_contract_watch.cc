#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "test/provider/kube/kube_contract.h"

namespace vk::kube {
namespace {

namespace core = k8s::io::api::core::v1;
using base::ErrorCode;
using testing::ElementsAre;

DeleteOptions Grace(std::int64_t seconds) {
  DeleteOptions options;
  options.grace_period_seconds = seconds;
  return options;
}

// Lists.

std::vector<std::string> Names(const ListPage& page) {
  std::vector<std::string> names;
  for (const std::string& item : page.items) names.push_back(IdentityOf(item)->name);
  return names;
}

TEST_P(KubeContractTest, ListByFieldsAndLabelsThenThoseThatMatchInOrder) {
  for (const char* name : {"c", "a", "b"}) {
    core::Pod pod = NewPod(name);
    if (*name == 'b') pod.mutable_spec()->set_nodename("elsewhere");
    (*pod.mutable_metadata()->mutable_labels())["l"] = name;
    ASSERT_TRUE(Create(kPods, pod));
  }
  const auto select = [this](std::string fields, std::string labels) {
    ListOptions options;
    options.field_selector = std::move(fields);
    options.label_selector = std::move(labels);
    return Names(Await(api().List(kPods, ns(), options, Soon())).value());
  };

  EXPECT_THAT(select("", ""), ElementsAre("a", "b", "c"));
  EXPECT_THAT(select("spec.nodeName=" + Unique("node"), ""), ElementsAre("a", "c"));
  EXPECT_THAT(select("metadata.name=b", ""), ElementsAre("b"));
  EXPECT_THAT(select("metadata.namespace=" + ns() + ",spec.nodeName!=elsewhere", "l!=a"),
              ElementsAre("c"));
  EXPECT_THAT(select("", "l=a"), ElementsAre("a"));
  EXPECT_THAT(select("", "l=a,l=b"), ElementsAre());
}

TEST_P(KubeContractTest, ListByUnknownFieldThenInvalidArgument) {
  ListOptions options;
  options.field_selector = "spec.image=x";

  const auto page = Await(api().List(kPods, ns(), options, Soon()));

  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::kInvalidArgument);
}

TEST_P(KubeContractTest, ListInPagesThenAllAreOfTheFirstPagesMoment) {
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(Create(kPods, NewPod(name)));
  ListOptions options;
  options.limit = 2;
  const ListPage first = Await(api().List(kPods, ns(), options, Soon())).value();
  ASSERT_TRUE(Create(kPods, NewPod("d")));
  ASSERT_TRUE(Delete(kPods, "c", Grace(0)));

  options.continue_token = first.continue_token;
  const ListPage second = Await(api().List(kPods, ns(), options, Soon())).value();

  EXPECT_THAT(Names(first), ElementsAre("a", "b"));
  EXPECT_THAT(Names(second), ElementsAre("c"));
  EXPECT_EQ(second.resource_version, first.resource_version);
  EXPECT_EQ(second.continue_token, "");
}

// Watches.

TEST_P(KubeContractTest, WatchFromVersionThenWhatCameAfterInOrder) {
  ASSERT_TRUE(Create(kPods, NewPod("old")));
  const std::string version = PresentVersion();
  ASSERT_TRUE(Create(kPods, NewPod("new")));
  const auto stream = WatchFrom(version);
  ASSERT_TRUE(PatchStatus("new", R"({"status":{"phase":"Running"}})"));

  const auto seen = Read(*stream, 2);

  EXPECT_EQ(seen[0].type, WatchEventType::kAdded);
  EXPECT_EQ(seen[0].pod.metadata().name(), "new");
  EXPECT_EQ(seen[1].type, WatchEventType::kModified);
  EXPECT_EQ(seen[1].pod.status().phase(), "Running");
}

TEST_P(KubeContractTest, WatchOfGraceZeroThenModifiedThenDeletedWithLaterVersion) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  const auto stream = WatchFrom(PresentVersion());

  ASSERT_TRUE(Delete(kPods, "one", Grace(0)));

  const auto seen = Read(*stream, 2);
  EXPECT_EQ(seen[0].type, WatchEventType::kModified);
  EXPECT_EQ(seen[0].pod.metadata().deletiongraceperiodseconds(), 0);
  EXPECT_EQ(seen[1].type, WatchEventType::kDeleted);
  EXPECT_EQ(seen[1].pod.metadata().name(), "one");
  EXPECT_GT(std::stoull(seen[1].pod.metadata().resourceversion()),
            std::stoull(seen[0].pod.metadata().resourceversion()));
}

TEST_P(KubeContractTest, WatchByFieldThenEnteringIsAddedAndLeavingIsDeleted) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  const auto stream = WatchFrom(PresentVersion(), "status.phase=Running");

  ASSERT_TRUE(PatchStatus("one", R"({"status":{"phase":"Running"}})"));
  ASSERT_TRUE(PatchStatus("one", R"({"status":{"message":"still"}})"));
  ASSERT_TRUE(PatchStatus("one", R"({"status":{"phase":"Failed"}})"));

  const auto seen = Read(*stream, 3);
  EXPECT_EQ(seen[0].type, WatchEventType::kAdded);
  EXPECT_EQ(seen[1].type, WatchEventType::kModified);
  EXPECT_EQ(seen[2].type, WatchEventType::kDeleted);
  EXPECT_EQ(seen[2].pod.status().phase(), "Running");
}

TEST_P(KubeContractTest, WatchListThenStateBookmarkThenChanges) {
  ASSERT_TRUE(Create(kPods, NewPod("one")));
  WatchOptions options;
  options.send_initial_events = true;
  const auto stream = Await(api().Watch(kPods, ns(), options, Soon())).value();

  std::vector<WatchEvent> events;
  while (events.empty() || !events.back().initial_events_end) {
    const auto more = Await(stream->Next(Soon()));
    ASSERT_TRUE(more && !more->empty());
    events.insert(events.end(), more->begin(), more->end());
  }
  ASSERT_TRUE(Create(kPods, NewPod("two")));
  const auto seen = Read(*stream, 1);

  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].type, WatchEventType::kAdded);
  EXPECT_EQ(events[1].type, WatchEventType::kBookmark);
  core::Pod bookmark;
  ASSERT_TRUE(FromBytes(events[1].object, &bookmark));
  EXPECT_FALSE(bookmark.metadata().resourceversion().empty());
  EXPECT_EQ(seen[0].pod.metadata().name(), "two");
}

TEST_P(KubeContractTest, WatchPastItsTimeoutThenEndsInOrder) {
  WatchOptions options;
  options.resource_version = PresentVersion();
  options.timeout = std::chrono::seconds(1);
  const auto stream = Await(api().Watch(kPods, ns(), options, Soon())).value();

  auto events = Await(stream->Next(Soon()));
  while (events && !events->empty()) events = Await(stream->Next(Soon()));

  EXPECT_TRUE(events) << events.error().message;
}

TEST_P(KubeContractTest, WatchWithoutEventsThenDeadlineAndItGoesOn) {
  const auto stream = WatchFrom(PresentVersion());

  const auto nothing =
      Await(stream->Next(Soon() - std::chrono::seconds(10) + std::chrono::milliseconds(100)));
  ASSERT_TRUE(Create(kPods, NewPod("one")));

  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(Read(*stream, 1)[0].pod.metadata().name(), "one");
}

}  // namespace
}  // namespace vk::kube
