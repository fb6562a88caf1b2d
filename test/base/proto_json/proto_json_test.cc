#include "base/proto_json/proto_json.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "base/proto_json/json_text.h"
#include "base/proto_json/json_value.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/eci/v1/data_cache.pb.h"
#include "proto/eci/v1/metric.pb.h"
#include "proto/eci/v1/region.pb.h"
#include "test/base/proto_json/sample.pb.h"

namespace vk::base {
namespace {

template <class Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

std::string Kubernetes(const std::string& pod) {
  const auto json = ToJson(FromText<test::Pod>(pod), JsonNames::kKubernetes);
  return json ? *json : json.error().message;
}

// The JSON of what was read, or the error.
template <class Message>
std::string Read(std::string_view json, JsonNames names) {
  Message message;
  const auto stats = FromJson(json, names, &message);
  return stats ? message.ShortDebugString() : stats.error().message;
}

std::string ReadPod(std::string_view json) { return Read<test::Pod>(json, JsonNames::kKubernetes); }

TEST(ProtoJsonTest, EciNamesAreUpperCamelCaseButForTheOddOnes) {
  const auto status = FromText<eci::v1::ContainerGroupStatus>(R"pb(
    container_group_id: "eci-1"
    uuid: "u"
    pod_status {
      conditions { type: "Ready" status: "True" last_transition_time: "t" reason: "r" }
      container_statuses {
        image_id: "sha256:1"
        state { running { started_at_started_at: "a" started_at: "a" } }
      }
    })pb");
  EXPECT_EQ(
      *ToJson(status, JsonNames::kEci),
      R"({"ContainerGroupId":"eci-1","uuid":"u","PodStatus":{"Conditions":[{"type":"Ready",)"
      R"("status":"True","Reason":"r","lastTransitionTime":"t"}],"ContainerStatuses":[{"ImageID":)"
      R"("sha256:1","State":{"Running":{"StartedAtstartedAt":"a","StartedAt":"a"}}}]}})");
}

TEST(ProtoJsonTest, EciWritesWhatIsSetEvenWhenEmpty) {
  eci::v1::EnvironmentVar variable;
  EXPECT_EQ(*ToJson(variable, JsonNames::kEci), "{}");
  variable.set_value("");
  EXPECT_EQ(*ToJson(variable, JsonNames::kEci), R"({"Value":""})");
}

TEST(ProtoJsonTest, EciRepliesHoldTheirListEvenWhenEmpty) {
  EXPECT_EQ(*ToJson(eci::v1::DescribeContainerGroupsResponse(), JsonNames::kEci),
            R"({"ContainerGroups":[]})");
}

TEST(ProtoJsonTest, EciNumbersAreShortAndMapsSorted) {
  const auto usage = FromText<eci::v1::ListUsageResponse>(R"pb(
    attributes { key: "UsedCpu" value: 0.5 }
    attributes { key: "MaxCpu" value: 200 })pb");
  EXPECT_EQ(*ToJson(usage, JsonNames::kEci), R"({"Attributes":{"MaxCpu":200,"UsedCpu":0.5}})");
}

TEST(ProtoJsonTest, SixtyFourBitIntegersAreNumbers) {
  const auto metric = FromText<eci::v1::CpuMetric>("usage_core_nano_seconds: 9223372036854775807");
  EXPECT_EQ(*ToJson(metric, JsonNames::kEci), R"({"UsageCoreNanoSeconds":9223372036854775807})");
}

TEST(ProtoJsonTest, EciReaderTakesNumbersAsTextAndTextAsNumbers) {
  EXPECT_EQ((Read<eci::v1::ContainerGroup>(
                R"({"Cpu":"0.5","EphemeralStorage":"7","ContainerGroupName":12,"Memory":4})",
                JsonNames::kEci)),
            R"(container_group_name: "12" cpu: 0.5 memory: 4 ephemeral_storage: 7)");
}

TEST(ProtoJsonTest, NullIsAbsentAndUnknownMembersAreCounted) {
  eci::v1::DescribeContainerGroupsResponse reply;
  const auto stats = FromJson(
      R"({"RequestId":null,"New":{"a":1},"ContainerGroups":[{"Cpu":1,"Other":2,"cpu":3}]})",
      JsonNames::kEci, &reply);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->unknown_members, 3u);
  EXPECT_EQ(reply.ShortDebugString(), "container_groups { cpu: 1 }");
}

TEST(ProtoJsonTest, KubernetesLeavesZerosOutButForPointersAndAlways) {
  EXPECT_EQ(
      Kubernetes(R"pb(
        name: ""
        hostNetwork: false
        priority: 0
        containers {
          name: ""
          env { name: "" value: "" }
          readOnly: false
          runAsUser: 0
          emptyDir {}
        })pb"),
      R"({"containers":[{"name":"","env":[{"name":""}],"readOnly":false,"runAsUser":0,"emptyDir":{}}]})");
  EXPECT_EQ(Kubernetes(""), R"({"containers":[]})");
}

TEST(ProtoJsonTest, KubernetesScalarsAreWrittenAsGoDoes) {
  EXPECT_EQ(
      Kubernetes(R"pb(
        created { seconds: 1533222000 nanos: 7 }
        renewed { seconds: 1533222000 nanos: 1002003 }
        labels { key: "b" value: "2" }
        labels { key: "a" value: "1" }
        data { key: "k" value: "\377x" }
        containers {
          name: "c"
          ports {
            hostPort: 80
            target { type: 1 strVal: "http" }
          }
          ports { target { intVal: 8080 } }
          limits {
            key: "memory"
            value { string: "1Gi" }
          }
          limits {
            key: "cpu"
            value {}
          }
        }
        fields { Raw: "{\"f:a\": {}}" })pb"),
      R"({"created":"2018-08-02T15:00:00Z","renewed":"2018-08-02T15:00:00.001002Z",)"
      R"("labels":{"a":"1","b":"2"},"data":{"k":"/3g="},)"
      R"("containers":[{"name":"c","ports":[{"hostPort":80,"target":"http"},{"target":8080}],)"
      R"("limits":{"cpu":"0","memory":"1Gi"}}],"fields":{"f:a":{}}})");
}

TEST(ProtoJsonTest, KubernetesScalarsAreRead) {
  EXPECT_EQ(
      ReadPod(R"({"created":"2018-08-02T17:00:00+02:00","renewed":"2018-08-02T15:00:00.001002Z",
                        "data":{"k":"/3g="},"fields":{"f:a":{}},"counter":"18446744073709551615",
                        "containers":[{"ports":[{"target":"http"},{"target":80}],"limits":{"cpu":0.5}}]})"),
      R"(created { seconds: 1533222000 nanos: 0 } renewed { seconds: 1533222000 nanos: 1002000 } )"
      R"(data { key: "k" value: "\377x" } containers { ports { target { type: 1 strVal: "http" } } )"
      R"(ports { target { type: 0 intVal: 80 } } limits { key: "cpu" value { string: "0.5" } } } )"
      R"(fields { Raw: "{\"f:a\":{}}" } counter: 18446744073709551615)");
}

TEST(ProtoJsonTest, ZeroTimeIsLeftOut) {
  EXPECT_EQ(Kubernetes("created {}"), R"({"containers":[]})");
  EXPECT_EQ(ReadPod(R"({"created":null})"), "");
}

TEST(ProtoJsonTest, EmbeddedMessagesHaveNoNameOfTheirOwn) {
  EXPECT_EQ(Kubernetes(R"pb(owner {
                              reference { kind: "Job" }
                              uid: "u"
                            })pb"),
            R"({"containers":[],"owner":{"kind":"Job","uid":"u"}})");
  EXPECT_EQ(ReadPod(R"({"owner":{"uid":"u","kind":"Job"}})"),
            R"(owner { reference { kind: "Job" } uid: "u" })");
}

TEST(ProtoJsonTest, ListItemsStayJson) {
  test::PodList list;
  ASSERT_TRUE(FromJson(R"({"version":"7","items":[{"name":"a","x":[1.50]},3]})",
                       JsonNames::kKubernetes, &list));
  ASSERT_EQ(list.items_size(), 2);
  EXPECT_EQ(list.items(0), R"({"name":"a","x":[1.5]})");
  EXPECT_EQ(*ToJson(list, JsonNames::kKubernetes),
            R"({"version":"7","items":[{"name":"a","x":[1.5]},3]})");
}

TEST(ProtoJsonTest, TextThatIsNotUtf8IsReplaced) {
  EXPECT_EQ(Kubernetes(R"pb(name: "a\377")pb"), "{\"name\":\"a\xEF\xBF\xBD\",\"containers\":[]}");
}

TEST(ProtoJsonTest, ErrorsNameThePath) {
  EXPECT_EQ(ReadPod(R"({"containers":[{},{},{"env":[{"name":7}]}]})"),
            "containers[2].env[0].name: expected string, got number");
  EXPECT_EQ(ReadPod("[]"), "expected object, got list");
  EXPECT_EQ(ReadPod(R"({"containers":{}})"), "containers: expected list, got object");
  EXPECT_EQ(ReadPod(R"({"labels":{"a/b":true}})"), "labels.a/b: expected string, got boolean");
  EXPECT_EQ(ReadPod(R"({"priority":"7"})"), "priority: expected integer, got string");
  EXPECT_EQ(ReadPod(R"({"priority":2147483648})"), "priority: 2147483648 does not fit int32");
  EXPECT_EQ(ReadPod(R"({"mask":-1})"), "mask: -1 does not fit uint32");
  EXPECT_EQ(ReadPod(R"({"ratio":1e300})"), "ratio: 1e+300 does not fit float");
  EXPECT_EQ(ReadPod(R"({"blob":"?"})"), "blob: expected base64");
  EXPECT_EQ(ReadPod(R"({"created":"yesterday"})"),
            "created: expected a time such as 2026-08-02T15:00:00Z");
  EXPECT_EQ(ReadPod(R"({"containers":[{"ports":[{"target":4294967296}]}]})"),
            "containers[0].ports[0].target: integer out of range");
}

TEST(ProtoJsonTest, WhatJsonCannotHoldIsRefusedWithItsPath) {
  test::Pod pod;
  pod.add_children()->set_exact(std::nan(""));
  EXPECT_EQ(ToJson(pod, JsonNames::kKubernetes).error().message,
            "children[0].exact: JSON has no infinities and no NaN");
  EXPECT_EQ(Kubernetes("created { seconds: 9999999999999 }"),
            "created: 9999999999999 s is no time of the years 0 to 9999");
  EXPECT_EQ(Kubernetes("fields { Raw: '{' }").rfind("fields: parse JSON:", 0), 0u);
}

TEST(ProtoJsonTest, ReadingReplacesTheMessage) {
  auto pod = FromText<test::Pod>("name: 'old' priority: 7");
  ASSERT_TRUE(FromJson(R"({"name":"new"})", JsonNames::kKubernetes, &pod));
  EXPECT_EQ(pod.ShortDebugString(), R"(name: "new")");
}

TEST(ProtoJsonTest, OneFieldIsConvertedEvenWhenItWouldNotBeWritten) {
  const test::Pod pod;
  const auto field = [&](const char* name) {
    return FormatJson(*FieldToJsonValue(pod, *pod.GetDescriptor()->FindFieldByName(name),
                                        JsonNames::kKubernetes));
  };
  EXPECT_EQ(field("labels"), "{}");
  EXPECT_EQ(field("numbers"), "[]");
  EXPECT_EQ(field("name"), "\"\"");
  EXPECT_EQ(field("created"), "null");
}

}  // namespace
}  // namespace vk::base
