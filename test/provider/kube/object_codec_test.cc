#include "provider/kube/object_codec.h"

#include <gmock/gmock.h>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/image_cache.pb.h"
#include "provider/kube/custom_resources.h"
#include "provider/kube/envelope.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::SizeIs;

kubernetes::ImageCache Parsed(const std::string& bytes) {
  kubernetes::ImageCache object;
  EXPECT_TRUE(FromBytes(bytes, &object));
  return object;
}

TEST(ObjectCodecTest, CustomResourceIsJsonOnTheWireAndBytesForTheCaller) {
  const auto bytes = DecodeObject(
      kImageCaches,
      R"({"apiVersion":"eci.alibabacloud.com/v1","kind":"ImageCache","metadata":{"name":"web","uid":"u"},)"
      R"("spec":{"images":["web:1"],"retentionDays":7},"status":{"phase":"Ready","unknown":[1]}})");

  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(IdentityOf(*bytes)->uid, "u");
  EXPECT_EQ(Parsed(*bytes).spec().retentiondays(), 7);
  EXPECT_EQ(Parsed(*bytes).status().phase(), "Ready");
}

TEST(ObjectCodecTest, CustomResourceIsSentWithItsType) {
  kubernetes::ImageCache object;
  object.mutable_metadata()->set_name("web");
  object.mutable_spec()->add_images("web:1");

  const auto body = EncodeObject(kImageCaches, "", ToBytes(object));

  ASSERT_TRUE(body);
  EXPECT_EQ(*body, R"({"metadata":{"name":"web"},"spec":{"images":["web:1"]},)"
                   R"("apiVersion":"eci.alibabacloud.com/v1","kind":"ImageCache"})");
  EXPECT_EQ(ContentTypeOf(kImageCaches), "application/json");
}

TEST(ObjectCodecTest, BuiltInKindIsEnvelopedProtobuf) {
  k8s::io::api::core::v1::ConfigMap object;
  object.mutable_metadata()->set_name("web");

  const auto body = EncodeObject(kConfigMaps, "", ToBytes(object));

  ASSERT_TRUE(body);
  EXPECT_TRUE(IsEnveloped(*body));
  EXPECT_EQ(DecodeObject(kConfigMaps, *body).value(), ToBytes(object));
  EXPECT_EQ(ContentTypeOf(kConfigMaps), kProtobufContentType);
}

TEST(ObjectCodecTest, UnreadableItemOfAListIsThereWithoutBytes) {
  const auto page = DecodeList(
      kImageCaches,
      R"({"kind":"ImageCacheList","metadata":{"resourceVersion":"9","continue":"more"},"items":[)"
      R"({"metadata":{"name":"a"},"spec":{"images":["web:1"]}},)"
      R"({"metadata":{"name":"b"},"spec":{"images":"web:1"}}]})");

  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->resource_version, "9");
  EXPECT_EQ(page->continue_token, "more");
  ASSERT_THAT(page->items, SizeIs(2));
  EXPECT_EQ(IdentityOf(page->items[0])->name, "a");
  EXPECT_EQ(page->items[1], "");
}

TEST(ObjectCodecTest, WhatIsNoObjectIsAnInternalError) {
  EXPECT_EQ(DecodeObject(kImageCaches, "<html>").error().code, ErrorCode::kInternal);
  EXPECT_EQ(DecodeList(kImageCaches, "[]").error().code, ErrorCode::kInternal);
}

TEST(WatchLinesTest, EventsComeOneALineHoweverTheyAreCut) {
  const std::string text =
      "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n"
      "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"b\"}}}\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto lines = MakeWatchDecoder(kImageCaches);
    std::vector<WatchEvent> events;
    for (const std::string& piece : {text.substr(0, cut), text.substr(cut)}) {
      lines->Append(piece);
      for (auto event = lines->Next(); event && *event; event = lines->Next())
        events.push_back(**event);
    }
    ASSERT_THAT(events, SizeIs(2)) << cut;
    EXPECT_EQ(events[0].type, WatchEventType::kAdded);
    EXPECT_EQ(events[1].type, WatchEventType::kDeleted);
    EXPECT_EQ(IdentityOf(events[1].object)->name, "b");
    EXPECT_FALSE(lines->in_mid_frame());
  }
}

TEST(WatchLinesTest, HalfALineIsKnownAsSuch) {
  const auto lines = MakeWatchDecoder(kImageCaches);
  lines->Append("{\"type\":");
  EXPECT_FALSE(lines->Next().value());
  EXPECT_TRUE(lines->in_mid_frame());
}

TEST(WatchLinesTest, BookmarkTellsWhetherItEndsTheInitialEvents) {
  const auto lines = MakeWatchDecoder(kImageCaches);
  lines->Append(
      "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"7\",\"annotations\":"
      "{\"k8s.io/initial-events-end\":\"true\"}}}}\n");
  const auto event = lines->Next();
  ASSERT_TRUE(event && *event);
  EXPECT_TRUE((*event)->initial_events_end);
  EXPECT_EQ(IdentityOf((*event)->object)->resource_version, "7");
}

TEST(WatchLinesTest, ErrorEventIsItsStatus) {
  const auto lines = MakeWatchDecoder(kImageCaches);
  lines->Append(
      "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\","
      "\"message\":\"too old\"}}\n");
  const auto event = lines->Next();
  ASSERT_FALSE(event);
  EXPECT_TRUE(ResourceVersionExpired(event.error()));
}

TEST(WatchLinesTest, ObjectThatDoesNotFitComesWithoutBytesAndEndsNothing) {
  const auto lines = MakeWatchDecoder(kImageCaches);
  lines->Append(
      "{\"type\":\"ADDED\",\"object\":{\"spec\":7}}\n"
      "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n");
  EXPECT_EQ(lines->Next().value()->object, "");
  EXPECT_EQ(IdentityOf(lines->Next().value()->object)->name, "a");
}

TEST(WatchLinesTest, TextOfAProxyIsGarbageWithItsBeginning) {
  const auto lines = MakeWatchDecoder(kImageCaches);
  lines->Append("upstream is away\n");
  const auto event = lines->Next();
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code, ErrorCode::kInternal);
  EXPECT_THAT(event.error().message, HasSubstr("upstream is away"));
}

}  // namespace
}  // namespace vk::kube
