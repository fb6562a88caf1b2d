// Kinds that the API server knows by a definition: JSON on the wire, protobuf bytes for us.

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "proto/kubernetes/image_cache.pb.h"
#include "provider/kube/custom_resources.h"
#include "test/provider/kube/kube_contract.h"

namespace vk::kube {
namespace {

using base::ErrorCode;
using kubernetes::ImageCache;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

constexpr char kFinalizer[] = "test/one";

// With a finalizer, so that every step of its end is seen.
ImageCache NewCache(const std::string& name) {
  ImageCache object;
  object.mutable_metadata()->set_name(name);
  object.mutable_metadata()->add_finalizers(kFinalizer);
  object.mutable_spec()->add_images("web:1");
  object.mutable_status()->set_phase("Ready");
  return object;
}

// A merge patch as the API takes it: `fields` go into metadata beside the UID.
std::string Metadata(const ImageCache& object, const std::string& fields) {
  return R"({"metadata":{"uid":")" + object.metadata().uid() + "\"," + fields + "}}";
}

ImageCache Parsed(const base::Result<std::string>& bytes) {
  EXPECT_TRUE(bytes) << bytes.error().message;
  ImageCache object;
  if (bytes) EXPECT_TRUE(FromBytes(*bytes, &object));
  return object;
}

std::vector<std::string> Names(const base::Result<ListPage>& page) {
  EXPECT_TRUE(page) << page.error().message;
  std::vector<std::string> names;
  for (const std::string& item : page->items) names.push_back(IdentityOf(item)->name);
  return names;
}

TEST_P(KubeContractTest, CustomResourceIsMadeWithoutStatusAndItsSpecCountsGenerations) {
  const std::string name = Unique("cache");
  const auto patch = [&](std::string part, std::string body) {
    return Parsed(Await(
        api().Patch(kImageCaches, Key(name, std::move(part)), PatchType::kMerge, body, Soon())));
  };
  const ImageCache made = Create(kImageCaches, NewCache(name)).value();
  EXPECT_EQ(made.status().phase(), "");
  EXPECT_EQ(made.metadata().generation(), 1);

  const ImageCache told = patch("status", R"({"spec":null,"status":{"phase":"Creating"}})");
  EXPECT_EQ(told.status().phase(), "Creating");
  EXPECT_EQ(told.metadata().generation(), 1);
  EXPECT_THAT(told.spec().images(), ElementsAre("web:1"));
  const ImageCache marked = patch("", R"({"metadata":{"annotations":{"a":"b"}}})");
  EXPECT_EQ(marked.metadata().generation(), 1);
  const ImageCache changed = patch("", R"({"spec":{"images":["web:2"]},"status":{"phase":"x"}})");
  EXPECT_EQ(changed.metadata().generation(), 2);
  EXPECT_EQ(changed.status().phase(), "Creating");

  patch("", R"({"metadata":{"finalizers":null}})");
  EXPECT_TRUE(Delete(kImageCaches, name));
}

TEST_P(KubeContractTest, CustomResourceWithAFinalizerGoesWhenThatIsTakenOff) {
  const std::string name = Unique("cache");
  const ImageCache made = Create(kImageCaches, NewCache(name)).value();
  ASSERT_TRUE(Delete(kImageCaches, name));
  const ImageCache marked = Get<ImageCache>(kImageCaches, name).value();
  EXPECT_TRUE(marked.metadata().has_deletiontimestamp());

  Parsed(Await(api().Patch(kImageCaches, Key(name), PatchType::kMerge,
                           Metadata(marked, R"("finalizers":[],"resourceVersion":")" +
                                                marked.metadata().resourceversion() + "\""),
                           Soon())));

  EXPECT_EQ(Get<ImageCache>(kImageCaches, name).error().code, ErrorCode::kNotFound);
}

TEST_P(KubeContractTest, CustomResourceRefusesPatchesOfAnotherObjectAndOfAnOldVersion) {
  const std::string name = Unique("cache");
  const ImageCache made = Create(kImageCaches, NewCache(name)).value();
  const auto patch = [&](const std::string& body) {
    return Await(api().Patch(kImageCaches, Key(name), PatchType::kMerge, body, Soon()));
  };

  const auto other = patch(R"({"metadata":{"uid":"another","annotations":{"a":"b"}}})");
  ASSERT_FALSE(other);
  EXPECT_TRUE(MayBeGone(other.error())) << other.error().message;
  const auto old = patch(R"({"metadata":{"resourceVersion":"1","annotations":{"a":"b"}}})");
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, ErrorCode::kConflict);
  const auto strategic = Await(
      api().Patch(kImageCaches, Key(name), PatchType::kStrategicMerge, R"({"spec":{}})", Soon()));
  ASSERT_FALSE(strategic);
  EXPECT_EQ(strategic.error().code, ErrorCode::kInvalidArgument);

  Parsed(patch(R"({"metadata":{"finalizers":null}})"));
  EXPECT_TRUE(Delete(kImageCaches, name));
}

TEST_P(KubeContractTest, CustomResourceIsListedAndWatched) {
  const std::string name = Unique("cache");
  const auto before = Await(api().List(kImageCaches, "", {}, Soon()));
  EXPECT_THAT(Names(before), Not(Contains(name)));
  WatchOptions from;
  from.resource_version = before->resource_version;
  from.field_selector = "metadata.name=" + name;
  auto stream = Await(api().Watch(kImageCaches, "", from, Soon()));
  ASSERT_TRUE(stream) << stream.error().message;

  ASSERT_TRUE(Create(kImageCaches, NewCache(name)));
  EXPECT_THAT(Names(Await(api().List(kImageCaches, "", {}, Soon()))), Contains(name));
  Parsed(Await(api().Patch(kImageCaches, Key(name), PatchType::kMerge,
                           R"({"metadata":{"finalizers":null}})", Soon())));
  ASSERT_TRUE(Delete(kImageCaches, name));
  std::vector<WatchEventType> seen;
  while (seen.size() < 3) {
    const auto events = Await((*stream)->Next(Soon()));
    ASSERT_TRUE(events) << events.error().message;
    for (const WatchEvent& event : *events) {
      if (event.type == WatchEventType::kBookmark) continue;
      EXPECT_EQ(IdentityOf(event.object)->name, name);
      seen.push_back(event.type);
    }
  }

  EXPECT_THAT(seen, ElementsAre(WatchEventType::kAdded, WatchEventType::kModified,
                                WatchEventType::kDeleted));
}

TEST_P(KubeContractTest, CustomResourceIsListedByAStream) {
  const std::string name = Unique("cache");
  ASSERT_TRUE(Create(kImageCaches, NewCache(name)));
  WatchOptions all;
  all.send_initial_events = true;
  auto stream = Await(api().Watch(kImageCaches, "", all, Soon()));
  ASSERT_TRUE(stream) << stream.error().message;

  std::vector<std::string> names;
  bool ended = false;
  while (!ended) {
    const auto events = Await((*stream)->Next(Soon()));
    ASSERT_TRUE(events && !events->empty());
    for (const WatchEvent& event : *events) {
      ended = ended || event.initial_events_end;
      if (!ended) names.push_back(IdentityOf(event.object)->name);
    }
  }

  EXPECT_THAT(names, Contains(name));
  Parsed(Await(api().Patch(kImageCaches, Key(name), PatchType::kMerge,
                           R"({"metadata":{"finalizers":null}})", Soon())));
  EXPECT_TRUE(Delete(kImageCaches, name));
}

}  // namespace
}  // namespace vk::kube
