#include "provider/translate/downward.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"
#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using testing::HasSubstr;

class DownwardTest : public testing::Test {
 protected:
  std::string Field(const std::string& path) {
    core::ObjectFieldSelector selector;
    selector.set_fieldpath(path);
    const auto value = EnvironmentField(selector, "here", translation_);
    return value ? value->text : "refused: " + value.error().notice.message;
  }
  std::string InVolume(const std::string& path) {
    core::ObjectFieldSelector selector;
    selector.set_fieldpath(path);
    const auto value = VolumeField(selector, "here", translation_);
    return value ? *value : "refused: " + value.error().notice.message;
  }
  std::string Resource(const std::string& resource, const std::string& divisor = "",
                       const std::string& container = "") {
    core::ResourceFieldSelector selector;
    selector.set_resource(resource);
    selector.set_containername(container);
    if (!divisor.empty()) selector.mutable_divisor()->set_string(divisor);
    const auto value = ResourceField(selector, &pod_.spec().containers(0), "here", translation_);
    return value ? *value : "refused: " + value.error().notice.message;
  }

  core::Pod pod_ = FromText<core::Pod>(R"(
      metadata { name: "p" namespace: "ns" uid: "u"
                 labels { key: "app" value: "a\"b" } labels { key: "a/z" value: "line\nend\x01" }
                 annotations { key: "note" value: "x" } }
      spec { nodeName: "vk" serviceAccountName: "robot"
             containers { name: "main" resources {
                 limits { key: "cpu" value { string: "1500m" } }
                 requests { key: "memory" value { string: "100Mi" } } } }
             containers { name: "other" resources {
                 limits { key: "cpu" value { string: "3" } } } } })");
  PodInputs inputs_;
  NodeFacts node_ = TestNode();
  std::vector<Notice> notices_;
  std::vector<FieldFinding> weakened_;
  Translation translation_{pod_, inputs_, node_, {4000, 8 * kGiB}, notices_, weakened_};
};

TEST_F(DownwardTest, FieldsOfThePodAreResolved) {
  EXPECT_EQ(Field("metadata.name"), "p");
  EXPECT_EQ(Field("metadata.namespace"), "ns");
  EXPECT_EQ(Field("metadata.uid"), "u");
  EXPECT_EQ(Field("metadata.labels['app']"), "a\"b");
  EXPECT_EQ(Field("metadata.labels['none']"), "");
  EXPECT_EQ(Field("metadata.annotations['note']"), "x");
  EXPECT_EQ(Field("spec.nodeName"), "vk");
  EXPECT_EQ(Field("spec.serviceAccountName"), "robot");
  EXPECT_EQ(Field("status.hostIP"), "192.0.2.9");
  EXPECT_EQ(Field("status.hostIPs"), "192.0.2.9");
}

TEST_F(DownwardTest, UnknownFieldIsRefusedByItsPath) {
  EXPECT_THAT(Field("status.phase"), HasSubstr("here.fieldRef.fieldPath (status.phase)"));
  EXPECT_THAT(Field("metadata.labels"), HasSubstr("refused"));
  EXPECT_THAT(InVolume("status.podIP"), HasSubstr("refused"));
}

TEST_F(DownwardTest, MapsAreSortedLinesQuotedAsGoDoes) {
  EXPECT_EQ(InVolume("metadata.labels"), "a/z=\"line\\nend\\x01\"\napp=\"a\\\"b\"");
  EXPECT_EQ(InVolume("metadata.annotations"), "note=\"x\"");
  EXPECT_EQ(InVolume("metadata.name"), "p");
}

TEST_F(DownwardTest, ResourcesAreCountedInDivisorsRoundedUp) {
  EXPECT_EQ(Resource("limits.cpu"), "2");
  EXPECT_EQ(Resource("limits.cpu", "1m"), "1500");
  EXPECT_EQ(Resource("requests.memory"), "104857600");
  EXPECT_EQ(Resource("requests.memory", "1Mi"), "100");
  EXPECT_EQ(Resource("requests.memory", "30Mi"), "4");
  // All but the CPU is counted in whole units first, as the kubelet does: here in twos.
  EXPECT_EQ(Resource("requests.memory", "1500m"), "52428800");
  EXPECT_EQ(Resource("limits.cpu", "1", "other"), "3");
}

TEST_F(DownwardTest, LimitThatIsNotSetIsTheGroupsSize) {
  EXPECT_EQ(Resource("limits.memory", "1Gi"), "8");
  EXPECT_EQ(Resource("limits.cpu", "1m", "other"), "3000");
  EXPECT_EQ(Resource("limits.memory", "1Gi", "other"), "8");
  EXPECT_EQ(Resource("limits.ephemeral-storage", "1Gi"), "30");
  EXPECT_EQ(Resource("requests.cpu"), "0");
}

TEST_F(DownwardTest, UnknownResourceOrContainerIsRefused) {
  EXPECT_THAT(Resource("limits.hugepages-2Mi"), HasSubstr("here.resourceFieldRef.resource"));
  EXPECT_THAT(Resource("limits.cpu", "1", "nobody"), HasSubstr("\"nobody\""));
}

}  // namespace
}  // namespace vk::translate
