#include "tools/fake_eci/open_api/xml_writer.h"

#include <gtest/gtest.h>

#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/eci/v1/region.pb.h"

namespace vk::fake {
namespace {

constexpr char kHead[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

std::string Content(const std::string& text) {
  eci::v1::DescribeContainerLogResponse reply;
  reply.set_content(text);
  const std::string xml = ToXml(reply, "R");
  const std::string before = std::string(kHead) + "<R><Content>";
  const std::string after = "</Content></R>";
  return xml.substr(before.size(), xml.size() - before.size() - after.size());
}

TEST(XmlWriterTest, FieldsHaveTheNamesAndValuesOfTheJson) {
  eci::v1::ContainerGroup group;
  group.set_v_switch_id("vsw-1");
  group.set_cpu(0.1F);
  group.set_memory(2);
  auto* container = group.add_containers();
  container->set_ready(false);
  container->set_restart_count(0);
  container->set_working_dir("");
  group.add_volumes()->set_nfs_volume_server("nas");

  EXPECT_EQ(ToXml(group, "ContainerGroup"),
            std::string(kHead) +
                "<ContainerGroup><VSwitchId>vsw-1</VSwitchId><Cpu>0.1</Cpu><Memory>2</Memory>"
                "<Containers><WorkingDir></WorkingDir><Ready>false</Ready>"
                "<RestartCount>0</RestartCount></Containers>"
                "<Volumes><NFSVolumeServer>nas</NFSVolumeServer></Volumes></ContainerGroup>");
}

TEST(XmlWriterTest, EachItemOfAListIsAnElementAndAnEmptyListIsNone) {
  eci::v1::DescribeContainerGroupsResponse reply;
  EXPECT_EQ(ToXml(reply, "R"), std::string(kHead) + "<R></R>");

  auto* group = reply.add_container_groups();
  group->add_containers()->add_commands("a");
  group->mutable_containers(0)->add_commands("b");
  reply.add_container_groups();

  EXPECT_EQ(ToXml(reply, "R"),
            std::string(kHead) +
                "<R><ContainerGroups><Containers><Commands>a</Commands><Commands>b</Commands>"
                "</Containers></ContainerGroups><ContainerGroups></ContainerGroups></R>");
}

TEST(XmlWriterTest, EntriesOfAMapAreElementsInTheOrderOfTheirKeys) {
  eci::v1::ListUsageResponse reply;
  EXPECT_EQ(ToXml(reply, "R"), std::string(kHead) + "<R></R>");

  (*reply.mutable_attributes())["UsedCpu"] = 1.5;
  (*reply.mutable_attributes())["MaxCpu"] = 10000;

  EXPECT_EQ(ToXml(reply, "R"),
            std::string(kHead) +
                "<R><Attributes><MaxCpu>10000</MaxCpu><UsedCpu>1.5</UsedCpu></Attributes></R>");
}

TEST(XmlWriterTest, MarkupInTextIsEscaped) {
  EXPECT_EQ(Content("<a href=\"x\">&amp;'</a>]]>"),
            "&lt;a href=&quot;x&quot;&gt;&amp;amp;&apos;&lt;/a&gt;]]&gt;");
  EXPECT_EQ(Content("one\r\n\ttwo"), "one&#13;\n\ttwo");
}

TEST(XmlWriterTest, WhatXmlCannotHoldIsReplaced) {
  const std::string replaced = "\xEF\xBF\xBD";
  EXPECT_EQ(Content(std::string("a\0b\x1b", 4)), "a" + replaced + "b" + replaced);
  EXPECT_EQ(Content("\xff"
                    "z\xEF\xBF\xBF"),
            replaced + "z" + replaced);
  EXPECT_EQ(Content("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"), "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80");
}

}  // namespace
}  // namespace vk::fake
