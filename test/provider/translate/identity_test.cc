#include "provider/translate/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/eci/v1/container_group_view.pb.h"

namespace vk::translate {
namespace {

GroupIdentity SomeIdentity() {
  return {.cluster_id = "c",
          .kube_system_uid = "k",
          .node_name = "n",
          .ns = "ns",
          .pod_name = std::string(253, 'p'),
          .pod_uid = "u"};
}

TEST(GroupNameTest, OtherCharactersAreDashes) {
  EXPECT_EQ(GroupName("ns", "my.pod_A", "AB12cd34-5678"), "ns-my-pod---ab12cd34");
}

TEST(GroupNameTest, LongNamesAreCutAndStayApartByTheirUid) {
  const std::string pod(253, 'p');

  const std::string name = GroupName("ns", pod, "11111111-0000");

  EXPECT_EQ(name, "ns-" + std::string(97, 'p') + "-11111111");
  EXPECT_NE(name, GroupName("ns", pod, "22222222-0000"));
}

TEST(IdentityTest, TagsGiveTheIdentityBack) {
  GroupIdentity identity = SomeIdentity();
  eci::v1::ContainerGroup group;
  for (const eci::v1::Tag& tag : IdentityTags(identity)) *group.add_tags() = tag;
  group.add_tags()->set_key("somebody-elses");

  identity.pod_name = TagValue(identity.pod_name);
  EXPECT_EQ(ReadIdentity(group), identity);
}

TEST(IdentityTest, MissingTagsStayEmpty) {
  EXPECT_EQ(ReadIdentity(eci::v1::ContainerGroup()), GroupIdentity());
}

TEST(IdentityTest, ListingsFilterByClusterAndNodeAndOnRequestByPod) {
  GroupIdentity identity = SomeIdentity();
  EXPECT_EQ(ListingTags(identity).size(), 4u);
  identity.pod_uid.clear();
  const auto tags = ListingTags(identity);
  ASSERT_EQ(tags.size(), 3u);
  EXPECT_EQ(tags[0].value(), "c");
  EXPECT_EQ(tags[1].value(), "k");
  EXPECT_EQ(tags[2].value(), "n");
}

TEST(TagValueTest, LongValuesBecomePrefixAndHash) {
  EXPECT_EQ(TagValue(std::string(128, 'a')), std::string(128, 'a'));

  const std::string a = TagValue(std::string(200, 'x') + "a");
  const std::string b = TagValue(std::string(200, 'x') + "b");

  EXPECT_EQ(a.size(), 128u);
  EXPECT_NE(a, b);
  // Stored in the cloud: must never change.
  EXPECT_EQ(TagValue(std::string(129, 'a')).substr(111), "-ba20d66a82fdb40c");
}

}  // namespace
}  // namespace vk::translate
