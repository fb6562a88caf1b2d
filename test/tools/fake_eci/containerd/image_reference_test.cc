#include "tools/fake_eci/containerd/image_reference.h"

#include <gtest/gtest.h>

#include <string>

namespace vk::fake {
namespace {

TEST(ImageReferenceTest, NamesOfImagesAreTaken) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  for (const std::string& text :
       {std::string("busybox"), std::string("busybox:1.36"), std::string("library/busybox"),
        std::string("localhost/a"), std::string("localhost:5000/a"), std::string("host:5000"),
        std::string("registry.example.com:443/a/b-c_d__e.f:V1.2-rc_3"), std::string("Registry/a"),
        std::string("[2001:db8::1]:5000/a:1"), "a@" + digest, "example.com/a:1@" + digest,
        "a:" + std::string(128, 't')}) {
    EXPECT_TRUE(IsImageReference(text)) << text;
  }
}

TEST(ImageReferenceTest, OtherTextIsRefused) {
  for (const std::string& text : {std::string(""),
                                  std::string("UPPER"),
                                  std::string("a/UPPER"),
                                  std::string("a:"),
                                  std::string("a: b"),
                                  std::string("a b"),
                                  std::string("/a"),
                                  std::string("a//b"),
                                  std::string("a/"),
                                  std::string("-a"),
                                  std::string("a-"),
                                  std::string("a..b"),
                                  std::string("a___b"),
                                  std::string("a._b"),
                                  std::string("example.com:x/a"),
                                  std::string("example.com:/a"),
                                  std::string("ex_ample.com/a"),
                                  std::string("a:.1"),
                                  std::string("a@sha256"),
                                  std::string("a@sha256:12"),
                                  std::string("a@:") + std::string(64, 'a'),
                                  std::string("[::1/a"),
                                  std::string("https://example.com/a"),
                                  std::string("\xc3\xa4"),
                                  std::string(64, 'a'),
                                  std::string(256, 'a'),
                                  "a:" + std::string(129, 't')}) {
    EXPECT_FALSE(IsImageReference(text)) << text;
  }
}

}  // namespace
}  // namespace vk::fake
