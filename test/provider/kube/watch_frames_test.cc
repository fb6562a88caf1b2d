#include "provider/kube/watch_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/envelope.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/kube/watch_bytes.h"

namespace vk::kube {
namespace {

using base::ErrorCode;
using k8s::io::api::core::v1::ConfigMap;
using testing::HasSubstr;

ConfigMap Map(const std::string& name) {
  ConfigMap map;
  map.mutable_metadata()->set_name(name);
  return map;
}

std::vector<WatchEvent> ReadAll(WatchFrames& frames) {
  std::vector<WatchEvent> events;
  for (;;) {
    auto event = frames.Next();
    EXPECT_TRUE(event) << event.error().message;
    if (!event || !*event) return events;
    events.push_back(**std::move(event));
  }
}

TEST(WatchFramesTest, EachEventHasTypeAndObject) {
  WatchFrames frames;
  frames.Append(WatchFrame("ADDED", "ConfigMap", Map("a")) +
                WatchFrame("MODIFIED", "ConfigMap", Map("b")) +
                WatchFrame("DELETED", "ConfigMap", Map("c")));

  const auto events = ReadAll(frames);

  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].type, WatchEventType::kAdded);
  EXPECT_EQ(events[1].type, WatchEventType::kModified);
  EXPECT_EQ(events[2].type, WatchEventType::kDeleted);
  EXPECT_EQ(events[1].object, ToBytes(Map("b")));
  EXPECT_FALSE(frames.in_mid_frame());
}

// The first bytes of a watch of Kubernetes 1.36.1: 'A','D','D','E','D' stands right behind the
// length.
TEST(WatchFramesTest, EventIsReadWithAndWithoutAnEnvelopeOfItsOwn) {
  const std::string bare = WatchFrame("ADDED", "ConfigMap", Map("a"));
  const std::string enveloped =
      Wrap({.api_version = "v1", .kind = "WatchEvent", .object = bare.substr(4)});
  ASSERT_EQ(bare.substr(6, 5), "ADDED");
  std::string length(3, '\0');
  length.push_back(static_cast<char>(enveloped.size()));
  ASSERT_LT(enveloped.size(), 128u);
  WatchFrames frames;
  frames.Append(bare + length + enveloped);

  const auto events = ReadAll(frames);

  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].object, events[1].object);
}

TEST(WatchFramesTest, SplitsAtEveryByteGiveTheSameEvents) {
  const std::string bytes =
      WatchFrame("ADDED", "ConfigMap", Map("a")) + WatchFrame("DELETED", "ConfigMap", Map("b"));
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    WatchFrames frames;
    frames.Append(std::string_view(bytes).substr(0, split));
    auto events = ReadAll(frames);
    frames.Append(std::string_view(bytes).substr(split));
    for (WatchEvent& event : ReadAll(frames)) events.push_back(std::move(event));

    ASSERT_EQ(events.size(), 2u) << split;
    EXPECT_EQ(events[1].object, ToBytes(Map("b"))) << split;
  }
}

TEST(WatchFramesTest, LengthHasFourBytesTheHighestFirst) {
  ConfigMap large = Map("a");
  (*large.mutable_data())["k"] = std::string(70'000, 'x');
  WatchFrames frames;
  frames.Append(WatchFrame("ADDED", "ConfigMap", large) +
                WatchFrame("DELETED", "ConfigMap", Map("b")));

  const auto events = ReadAll(frames);

  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].object, ToBytes(large));
}

TEST(WatchFramesTest, HalfAFrameIsKnownAsSuch) {
  WatchFrames frames;
  frames.Append(WatchFrame("ADDED", "ConfigMap", Map("a")).substr(0, 9));

  EXPECT_TRUE(ReadAll(frames).empty());
  EXPECT_TRUE(frames.in_mid_frame());
}

TEST(WatchFramesTest, BookmarkTellsWhetherItEndsTheInitialEvents) {
  ConfigMap plain;
  plain.mutable_metadata()->set_resourceversion("7");
  ConfigMap last = plain;
  (*last.mutable_metadata()->mutable_annotations())["k8s.io/initial-events-end"] = "true";
  WatchFrames frames;
  frames.Append(WatchFrame("BOOKMARK", "ConfigMap", plain) +
                WatchFrame("BOOKMARK", "ConfigMap", last));

  const auto events = ReadAll(frames);

  ASSERT_EQ(events.size(), 2u);
  EXPECT_FALSE(events[0].initial_events_end);
  EXPECT_TRUE(events[1].initial_events_end);
}

TEST(WatchFramesTest, ErrorEventIsItsStatus) {
  k8s::io::apimachinery::pkg::apis::meta::v1::Status status;
  status.set_code(410);
  status.set_reason("Expired");
  status.set_message("too old resource version");
  WatchFrames frames;
  frames.Append(WatchFrame("ERROR", "Status", status));

  const auto event = frames.Next();

  ASSERT_FALSE(event);
  EXPECT_TRUE(ResourceVersionExpired(event.error()));
}

TEST(WatchFramesTest, JsonErrorInPlaceOfAFrameIsItsStatus) {
  WatchFrames frames;
  frames.Append(
      R"({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",)"
      R"("message":"too old resource version","reason":"Gone","code":410}})"
      "\n");

  const auto event = frames.Next();

  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(ResourceVersionExpired(event.error()));
}

TEST(WatchFramesTest, TextOfAProxyIsGarbageWithItsBeginning) {
  WatchFrames frames;
  frames.Append("<html>upstream connect error</html>");

  const auto event = frames.Next();

  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code, ErrorCode::kInternal);
  EXPECT_THAT(event.error().message, HasSubstr("upstream connect error"));
}

TEST(WatchFramesTest, FrameOverTheLimitIsRefusedBeforeItIsRead) {
  WatchFrames frames(100);
  frames.Append(std::string("\0\0\0\x65", 4));

  EXPECT_EQ(frames.Next().error().code, ErrorCode::kInternal);
}

TEST(WatchFramesTest, UnknownTypeIsRefused) {
  WatchFrames frames;
  frames.Append(WatchFrame("RENAMED", "ConfigMap", Map("a")));

  EXPECT_THAT(frames.Next().error().message, HasSubstr("RENAMED"));
}

}  // namespace
}  // namespace vk::kube
