#include "provider/kube/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "proto/kubernetes/runtime/runtime.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

using testing::HasSubstr;

// Written by hand from the format: magic, typeMeta {"v1", "Pod"}, raw "abc".
const std::string kPod(
    "k8s\0\x0a\x09\x0a\x02v1\x12\x03Pod\x12\x03"
    "abc",
    20);

TEST(EnvelopeTest, WrappedObjectHasTheBytesOfTheFormat) {
  EXPECT_EQ(Wrap({.api_version = "v1", .kind = "Pod", .object = "abc"}), kPod);
}

TEST(EnvelopeTest, UnwrapGivesBackTypeAndObject) {
  const auto envelope = Unwrap(kPod);

  ASSERT_TRUE(envelope) << envelope.error().message;
  EXPECT_EQ(envelope->api_version, "v1");
  EXPECT_EQ(envelope->kind, "Pod");
  EXPECT_EQ(envelope->object, "abc");
}

TEST(EnvelopeTest, BytesWithoutMagicAreRefused) {
  for (const std::string& bytes : {std::string(), std::string("k8s"), std::string("{\"a\":1}")}) {
    EXPECT_FALSE(IsEnveloped(bytes));
    EXPECT_EQ(Unwrap(bytes).error().code, base::ErrorCode::kInternal);
  }
}

TEST(EnvelopeTest, TruncatedObjectIsRefused) {
  EXPECT_FALSE(Unwrap(std::string_view(kPod).substr(0, kPod.size() - 1)));
}

TEST(EnvelopeTest, EncodedOrForeignContentIsRefused) {
  k8s::io::apimachinery::pkg::runtime::Unknown unknown;
  unknown.set_raw("{}");
  unknown.set_contenttype("application/json");
  const std::string magic("k8s\0", 4);
  EXPECT_THAT(Unwrap(magic + ToBytes(unknown)).error().message, HasSubstr("application/json"));

  unknown.clear_contenttype();
  unknown.set_contentencoding("gzip");
  EXPECT_THAT(Unwrap(magic + ToBytes(unknown)).error().message, HasSubstr("gzip"));
}

}  // namespace
}  // namespace vk::kube
