#include "provider/translate/field_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"
#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string NameOf(Treatment treatment) {
  if (treatment == Treatment::kRefused) return "refused";
  return treatment == Treatment::kWeakened ? "weakened" : "moot";
}

NodeFacts SomeNode() {
  NodeFacts node = TestNode();
  node.runtime_classes = {"gvisor"};
  node.replaced_host_paths = {"/data/spark"};
  return node;
}

// "refused spec.hostIPC" for each finding.
std::vector<std::string> Judged(const std::string& spec) {
  std::vector<std::string> judged;
  const auto pod = FromText<core::Pod>("spec { " + spec + " }");
  for (const FieldFinding& finding : JudgeFields(pod, SomeNode())) {
    judged.push_back(NameOf(finding.treatment) + " " + finding.path);
  }
  return judged;
}

// A field of the pod, of its one container or init container, or of a port of the container.
struct Optional {
  const char* before;
  const char* field;
  const char* after;
  std::vector<const char*> absent;  // Values that count as absent, besides no value at all.
  std::vector<const char*> asks;    // Values that are requests, and what they are found to be.
  const char* found;
};

class OptionalFieldTest : public testing::TestWithParam<Optional> {};

TEST_P(OptionalFieldTest, OnlyWhatKubernetesAssumesCountsAsAbsent) {
  const Optional& field = GetParam();
  const auto judge = [&](const std::string& text) {
    return Judged(std::string(field.before) + text + field.after);
  };

  EXPECT_THAT(judge(""), IsEmpty());
  for (const char* value : field.absent) {
    EXPECT_THAT(judge(std::string(field.field) + value), IsEmpty()) << field.field << value;
  }
  for (const char* value : field.asks) {
    EXPECT_THAT(judge(std::string(field.field) + value), ElementsAre(field.found))
        << field.field << value;
  }
}

constexpr char kContainer[] = "containers { ";
constexpr char kSecurity[] = "containers { securityContext { ";
constexpr char kInit[] = "initContainers { ";
constexpr char kInitSecurity[] = "initContainers { securityContext { ";
constexpr char kPort[] = "containers { ports { containerPort: 80 ";
constexpr char kReadiness[] = "containers { readinessProbe { handler { ";
constexpr char kProbe[] = "containers { livenessProbe { ";

INSTANTIATE_TEST_SUITE_P(
    Spec, OptionalFieldTest,
    testing::Values(
        Optional{"", "hostNetwork: ", "", {"false"}, {"true"}, "refused spec.hostNetwork"},
        Optional{"", "hostPID: ", "", {"false"}, {"true"}, "refused spec.hostPID"},
        Optional{"", "hostIPC: ", "", {"false"}, {"true"}, "refused spec.hostIPC"},
        Optional{"", "hostUsers: ", "", {"true"}, {"false"}, "weakened spec.hostUsers"},
        Optional{
            "", "setHostnameAsFQDN: ", "", {"false"}, {"true"}, "refused spec.setHostnameAsFQDN"},
        Optional{
            "", "runtimeClassName: ", "", {"\"\""}, {"\"kata\""}, "refused spec.runtimeClassName"},
        Optional{
            "", "runtimeClassName: ", "", {}, {"\"gvisor\""}, "weakened spec.runtimeClassName"},
        Optional{"",
                 "os ",
                 "",
                 {"{}", "{ name: \"linux\" }"},
                 {"{ name: \"windows\" }"},
                 "refused spec.os.name"},
        Optional{"", "automountServiceAccountToken: ", "", {"false", "true"}, {}, ""},
        Optional{"", "enableServiceLinks: ", "", {"false", "true"}, {}, ""},
        Optional{"securityContext { ",
                 "seLinuxOptions ",
                 " }",
                 {"{}", "{ user: \"\" role: \"\" type: \"\" level: \"\" }"},
                 {"{ level: \"s0\" }"},
                 "moot spec.securityContext.seLinuxOptions"},
        Optional{"securityContext { ",
                 "windowsOptions ",
                 " }",
                 {"{}"},
                 {"{ hostProcess: false }"},
                 "refused spec.securityContext.windowsOptions"},
        Optional{"securityContext { ",
                 "seccompProfile ",
                 " }",
                 {"{}", "{ type: \"Unconfined\" }"},
                 {"{ type: \"RuntimeDefault\" }"},
                 "moot spec.securityContext.seccompProfile.type"},
        Optional{"securityContext { ",
                 "seccompProfile ",
                 " }",
                 {},
                 {"{ type: \"Localhost\" localhostProfile: \"p\" }"},
                 "weakened spec.securityContext.seccompProfile.type"},
        Optional{"securityContext { ",
                 "appArmorProfile ",
                 " }",
                 {"{}", "{ type: \"Unconfined\" }"},
                 {"{ type: \"RuntimeDefault\" }"},
                 "moot spec.securityContext.appArmorProfile.type"},
        Optional{"securityContext { ",
                 "supplementalGroups: ",
                 " }",
                 {"[]"},
                 {"[0]", "[5]"},
                 "weakened spec.securityContext.supplementalGroups"},
        Optional{"securityContext { ",
                 "supplementalGroupsPolicy: ",
                 " }",
                 {"\"Merge\""},
                 {"\"Strict\""},
                 "weakened spec.securityContext.supplementalGroupsPolicy"},
        Optional{"securityContext { ", "fsGroup: ", " }", {"0", "185"}, {}, ""},
        Optional{"volumes { volumeSource { nfs {} } } securityContext { ",
                 "supplementalGroups: ",
                 " }",
                 {"[]"},
                 {"[5]"},
                 "refused spec.securityContext.supplementalGroups"},
        Optional{"initContainers {} securityContext { ",
                 "runAsGroup: ",
                 " }",
                 {},
                 {"0", "3"},
                 "weakened spec.securityContext.runAsGroup"},
        Optional{"initContainers {} securityContext { ",
                 "runAsNonRoot: ",
                 " }",
                 {"false"},
                 {"true"},
                 "weakened spec.securityContext.runAsNonRoot"},
        Optional{"initContainers {} securityContext { runAsUser: 9 ",
                 "runAsNonRoot: ",
                 " }",
                 {"false", "true"},
                 {},
                 ""}));

INSTANTIATE_TEST_SUITE_P(
    Containers, OptionalFieldTest,
    testing::Values(
        Optional{kSecurity, "privileged: ", "}}", {"false", "true"}, {}, ""},
        Optional{kSecurity,
                 "allowPrivilegeEscalation: ",
                 "}}",
                 {"true"},
                 {"false"},
                 "weakened spec.containers[0].securityContext.allowPrivilegeEscalation"},
        Optional{kSecurity, "runAsUser: ", "}}", {"0", "1"}, {}, ""},
        Optional{kSecurity, "runAsGroup: ", "}}", {"0", "1"}, {}, ""},
        Optional{kSecurity,
                 "procMount: ",
                 "}}",
                 {"\"Default\""},
                 {"\"Unmasked\""},
                 "refused spec.containers[0].securityContext.procMount"},
        Optional{kSecurity,
                 "capabilities ",
                 "}}",
                 {"{}", "{ drop: [] }", "{ add: \"KILL\" }"},
                 {"{ drop: \"ALL\" }"},
                 "weakened spec.containers[0].securityContext.capabilities.drop"},
        Optional{"containers { securityContext { runAsUser: 7 ",
                 "capabilities ",
                 "}}",
                 {},
                 {"{ drop: \"ALL\" }"},
                 "moot spec.containers[0].securityContext.capabilities.drop"},
        Optional{"securityContext { runAsUser: 7 } containers { securityContext { runAsUser: 0 ",
                 "capabilities ",
                 "}}",
                 {},
                 {"{ drop: \"ALL\" }"},
                 "weakened spec.containers[0].securityContext.capabilities.drop"},
        Optional{kPort,
                 "hostPort: ",
                 "}}",
                 {"0"},
                 {"80"},
                 "weakened spec.containers[0].ports[0].hostPort"},
        Optional{kPort,
                 "hostPort: ",
                 "}}",
                 {"0"},
                 {"81"},
                 "refused spec.containers[0].ports[0].hostPort"},
        Optional{"containers { env { valueFrom { fieldRef { fieldPath: \"status.hostIP\" } } } "
                 "ports { containerPort: 80 ",
                 "hostPort: ",
                 "}}",
                 {"0"},
                 {"80"},
                 "refused spec.containers[0].ports[0].hostPort"},
        Optional{kPort, "hostIP: ", "}}", {"\"\"", "\"0.0.0.0\"", "\"10.0.0.1\""}, {}, ""},
        Optional{"containers { ports { ",
                 "containerPort: ",
                 "}}",
                 {"8080"},
                 {"111", "10250"},
                 "refused spec.containers[0].ports[0].containerPort"},
        Optional{kPort,
                 "protocol: ",
                 "}}",
                 {"\"TCP\"", "\"UDP\""},
                 {"\"SCTP\""},
                 "refused spec.containers[0].ports[0].protocol"},
        Optional{kProbe,
                 "terminationGracePeriodSeconds: ",
                 "}}",
                 {"30"},
                 {"0", "5"},
                 "weakened spec.containers[0].livenessProbe.terminationGracePeriodSeconds"},
        Optional{"terminationGracePeriodSeconds: 5 containers { livenessProbe { ",
                 "terminationGracePeriodSeconds: ",
                 "}}",
                 {"5"},
                 {"30"},
                 "weakened spec.containers[0].livenessProbe.terminationGracePeriodSeconds"},
        Optional{kReadiness,
                 "httpGet ",
                 "}}}",
                 {"{}", "{ path: \"/\" host: \"\" }"},
                 {"{ host: \"x\" }"},
                 "refused spec.containers[0].readinessProbe.httpGet.host"},
        Optional{kReadiness,
                 "httpGet ",
                 "}}}",
                 {},
                 {"{ httpHeaders { name: \"a\" } }"},
                 "weakened spec.containers[0].readinessProbe.httpGet.httpHeaders"},
        Optional{kReadiness,
                 "grpc ",
                 "}}}",
                 {},
                 {"{ port: 1 }"},
                 "weakened spec.containers[0].readinessProbe.grpc"},
        Optional{
            kContainer, "startupProbe ", "}", {"{ handler { exec { command: \"a\" } } }"}, {}, ""},
        Optional{"containers { readinessProbe { handler { exec { command: \"a\" } } } ",
                 "startupProbe ",
                 "}",
                 {"{ handler { exec { command: \"a\" } } }"},
                 {"{ handler { exec { command: \"b\" } } }"},
                 "weakened spec.containers[0].startupProbe"},
        Optional{kContainer, "tty: ", "}", {"false", "true"}, {}, ""},
        Optional{kContainer,
                 "lifecycle ",
                 "}",
                 {"{}", "{ stopSignal: \"SIGTERM\" }"},
                 {"{ stopSignal: \"SIGINT\" }"},
                 "refused spec.containers[0].lifecycle.stopSignal"},
        Optional{kContainer,
                 "lifecycle { postStart ",
                 "}",
                 {"{} }"},
                 {"{ sleep { seconds: 0 } } }"},
                 "weakened spec.containers[0].lifecycle.postStart.sleep"},
        Optional{kContainer,
                 "restartPolicy: ",
                 "}",
                 {"\"Always\""},
                 {"\"Never\""},
                 "refused spec.containers[0].restartPolicy"},
        Optional{kContainer,
                 "resources { limits { key: \"hugepages-2Mi\" value ",
                 "}",
                 {"{ string: \"0\" } } }"},
                 {"{ string: \"2Mi\" } } }"},
                 "refused spec.containers[0].resources.limits[hugepages-2Mi]"},
        Optional{kInit, "tty: ", "}", {"false"}, {"true"}, "refused spec.initContainers[0].tty"},
        Optional{
            kInit, "stdin: ", "}", {"false"}, {"true"}, "refused spec.initContainers[0].stdin"},
        Optional{kInitSecurity,
                 "privileged: ",
                 "}}",
                 {"false"},
                 {"true"},
                 "refused spec.initContainers[0].securityContext.privileged"},
        Optional{kInitSecurity,
                 "runAsNonRoot: ",
                 "}}",
                 {"false"},
                 {"true"},
                 "weakened spec.initContainers[0].securityContext.runAsNonRoot"},
        Optional{kInitSecurity,
                 "runAsGroup: ",
                 "}}",
                 {},
                 {"0", "3"},
                 "weakened spec.initContainers[0].securityContext.runAsGroup"},
        Optional{kInitSecurity,
                 "allowPrivilegeEscalation: ",
                 "}}",
                 {"true"},
                 {"false"},
                 "weakened spec.initContainers[0].securityContext.allowPrivilegeEscalation"}));

INSTANTIATE_TEST_SUITE_P(
    Volumes, OptionalFieldTest,
    testing::Values(Optional{"volumes { volumeSource { ",
                             "emptyDir ",
                             "}}",
                             {"{}", "{ medium: \"\" }", "{ medium: \"Memory\" }"},
                             {"{ medium: \"HugePages\" }"},
                             "refused spec.volumes[0].emptyDir.medium"},
                    Optional{"volumes { volumeSource { ",
                             "gitRepo ",
                             "}}",
                             {},
                             {"{}"},
                             "refused spec.volumes[0].gitRepo"},
                    Optional{"volumes { volumeSource { ",
                             "image ",
                             "}}",
                             {},
                             {"{}"},
                             "refused spec.volumes[0].image"},
                    Optional{"volumes { volumeSource { flexVolume { driver: \"alicloud/nas\" ",
                             "readOnly: ",
                             "}}}",
                             {"false", "true"},
                             {},
                             ""},
                    Optional{"volumes { volumeSource { flexVolume { ",
                             "driver: ",
                             "}}}",
                             {"\"alicloud/disk\"", "\"alicloud/oss\""},
                             {"\"other/nas\""},
                             "refused spec.volumes[0].flexVolume.driver"},
                    Optional{"volumes { volumeSource { projected { sources { ",
                             "podCertificate ",
                             "}}}}",
                             {},
                             {"{}"},
                             "refused spec.volumes[0].projected.sources[0].podCertificate"},
                    Optional{"containers { volumeMounts { ",
                             "recursiveReadOnly: ",
                             "}}",
                             {"\"Disabled\"", "\"IfPossible\"", "\"Enabled\""},
                             {},
                             ""},
                    Optional{"containers { env { valueFrom { ",
                             "fileKeyRef ",
                             "}}}",
                             {},
                             {"{}"},
                             "refused spec.containers[0].env[0].valueFrom.fileKeyRef"}));

INSTANTIATE_TEST_SUITE_P(
    HostPaths, OptionalFieldTest,
    testing::Values(
        Optional{"",
                 "volumes { volumeSource { hostPath { path: ",
                 "",
                 {"\"/etc/localtime\" } } }", "\"/usr/share/zoneinfo/\" } } }",
                  "\"/dev/shm\" type: \"Directory\" } } }"},
                 {"\"/etc\" } } }", "\"/\" } } }", "\"/tmpfiles\" } } }", "\"/tmp/../etc\" } } }",
                  "\"/usr/share/zoneinfo/Asia/Tokyo\" } } }", "\"/tmp/a\" type: \"File\" } } }",
                  "\"/tmp/a\" type: \"Directory\" } } }", "\"/data\" } } }",
                  "\"/data/sparks\" } } }", "\"/data/spark\" type: \"Socket\" } } }"},
                 "refused spec.volumes[0].hostPath"},
        Optional{"",
                 "volumes { volumeSource { hostPath { path: ",
                 "",
                 {},
                 {"\"/tmp\" } } }", "\"/var/log//app/\" type: \"DirectoryOrCreate\" } } }",
                  "\"/data/spark\" type: \"Directory\" } } }", "\"/data/spark/1\" } } }"},
                 "weakened spec.volumes[0].hostPath"}));

constexpr char kShared[] =
    "volumes { name: \"v\" volumeSource { emptyDir {} } }"
    "initContainers { volumeMounts { name: \"v\" } }"
    "containers { volumeMounts { name: \"v\" } securityContext { runAsUser: 2 } }";

TEST(HostPathTest, FolderThatIsReadHasContentAndIsRefused) {
  EXPECT_THAT(Judged(R"(volumes { name: "v" volumeSource { hostPath { path: "/var/log" } } }
                        containers { volumeMounts { name: "v" readOnly: true } })"),
              ElementsAre("refused spec.volumes[0].hostPath"));
}

TEST(HostPathTest, ZoneThatThePodChoosesIsRefused) {
  EXPECT_THAT(
      Judged(R"(volumes { name: "v" volumeSource { hostPath { path: "/usr/share/zoneinfo" } } }
                containers { volumeMounts { name: "v" subPath: "Asia/Tokyo" } })"),
      ElementsAre("refused spec.volumes[0].hostPath"));
}

TEST(GroupOfInitContainerTest, SharingAVolumeWithAnotherUserIsRefused) {
  EXPECT_THAT(Judged(std::string("securityContext { runAsGroup: 3 runAsUser: 1 } ") + kShared),
              ElementsAre("refused spec.securityContext.runAsGroup"));
}

TEST(GroupOfInitContainerTest, SharingAVolumeWithAnUnknownUserIsRefused) {
  EXPECT_THAT(Judged(std::string("securityContext { runAsGroup: 3 } ") + kShared),
              ElementsAre("refused spec.securityContext.runAsGroup"));
}

TEST(GroupOfInitContainerTest, SharingAVolumeWithTheSameUserIsWeakened) {
  EXPECT_THAT(Judged(std::string("securityContext { runAsGroup: 3 runAsUser: 2 } ") + kShared),
              ElementsAre("weakened spec.securityContext.runAsGroup"));
}

constexpr char kSidecar[] = "initContainers { restartPolicy: \"Always\" ";

TEST(SidecarFieldsTest, SidecarMayHaveWhatContainersMayHave) {
  EXPECT_THAT(Judged(std::string(kSidecar) + R"(
                  stdin: true stdinOnce: true tty: true
                  livenessProbe { handler { tcpSocket { port { intVal: 1 } } } }
                  readinessProbe { handler { tcpSocket { port { intVal: 1 } } } }
                  lifecycle { preStop { exec { command: "drain" } } }
                  securityContext { privileged: true runAsGroup: 3 runAsNonRoot: true } })"),
              IsEmpty());
}

TEST(SidecarFieldsTest, FieldsWithinASidecarAreJudgedAsThoseOfContainers) {
  EXPECT_THAT(Judged(std::string(kSidecar) +
                     "lifecycle { stopSignal: \"SIGINT\" } startupProbe { periodSeconds: 1 } }"),
              ElementsAre("refused spec.initContainers[0].lifecycle.stopSignal"));
}

TEST(SidecarFieldsTest, RestartOfASidecarIsWeakenedWhereThePodDoesNotRestart) {
  EXPECT_THAT(Judged(std::string("restartPolicy: \"Always\" ") + kSidecar + "}"), IsEmpty());
  EXPECT_THAT(Judged(std::string("restartPolicy: \"Never\" ") + kSidecar + "}"),
              ElementsAre("weakened spec.initContainers[0].restartPolicy"));
  EXPECT_THAT(Judged("initContainers { restartPolicy: \"OnFailure\" }"),
              ElementsAre("refused spec.initContainers[0].restartPolicy"));
}

TEST(SidecarFieldsTest, WhatThePodAsksForHoldsForASidecarAsForAContainer) {
  EXPECT_THAT(
      Judged(std::string("securityContext { runAsGroup: 3 runAsNonRoot: true } ") + kSidecar + "}"),
      IsEmpty());
}

TEST(SleepingHookTest, SleepBeforeTheEndIsWeakened) {
  EXPECT_THAT(Judged("containers { lifecycle { preStop { sleep { seconds: 5 } } } }"),
              ElementsAre("weakened spec.containers[0].lifecycle.preStop.sleep"));
}

TEST(FieldTextsTest, RefusalNamesEachPathOnceWithItsReason) {
  const NotNow refusal =
      RefusalOf(FromText<core::Pod>("spec { hostPID: true hostIPC: true containers {} containers { "
                                    "securityContext { procMount: \"Unmasked\" } } }"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kUnsupported);
  EXPECT_THAT(
      refusal.notice.message,
      HasSubstr("spec.containers[1].securityContext.procMount=Unmasked (the cloud has the "
                "default only; remove it); spec.hostPID=true, spec.hostIPC=true (there is"));
}

TEST(FieldTextsTest, WeakenedFieldsMakeOneNoticeThatJoinsContainers) {
  const GroupPlan plan = PlanOf(FromText<core::Pod>(R"(spec {
      containers { name: "a" securityContext { allowPrivilegeEscalation: false } }
      containers { name: "b" }
      containers { name: "c" securityContext { allowPrivilegeEscalation: false } }
      securityContext { seccompProfile { type: "RuntimeDefault" } } })"));

  ASSERT_EQ(plan.notices.size(), 1u);
  EXPECT_EQ(plan.notices[0].reason, "PodFieldNotEnforced");
  EXPECT_TRUE(plan.notices[0].once);
  EXPECT_TRUE(plan.notices[0].warning);
  EXPECT_THAT(plan.notices[0].message,
              HasSubstr("spec.containers[0,2].securityContext.allowPrivilegeEscalation=false"));
  EXPECT_THAT(plan.notices[0].message,
              HasSubstr("spec.securityContext.seccompProfile.type=RuntimeDefault"));
}

TEST(FieldTextsTest, MootFieldsAloneMakeANormalNotice) {
  const GroupPlan plan = PlanOf(
      FromText<core::Pod>(R"(spec { securityContext { seLinuxOptions { level: "s0:c1" } } })"));

  ASSERT_EQ(plan.notices.size(), 1u);
  EXPECT_FALSE(plan.notices[0].warning);
}

TEST(FieldTextsTest, NothingWeakenedMakesNoNotice) {
  EXPECT_THAT(PlanOf(FromText<core::Pod>("spec {}")).notices, IsEmpty());
}

TEST(FieldTextsTest, OneFieldOfVeryManyContainersIsNamedByTheFirstOfThem) {
  std::string spec;
  for (int i = 0; i < 1000; ++i) spec += "initContainers { tty: true } ";

  const auto refusal =
      RefusalFor(JudgeFields(FromText<core::Pod>("spec { " + spec + " }"), TestNode()), false);

  ASSERT_TRUE(refusal);

  EXPECT_LT(refusal->notice.message.size(), 1024u);
  EXPECT_THAT(refusal->notice.message, HasSubstr("spec.initContainers[0,1,2,"));
}

TEST(FieldTextsTest, MessagesStayShortForManyFields) {
  std::string spec;
  for (int i = 0; i < 400; ++i) {
    spec += "volumes { volumeSource { hostPath { path: \"/etc\" } } } ";
    spec +=
        "volumes { volumeSource { flexVolume { driver: \"other/" + std::to_string(i) + "\" } } } ";
  }

  const auto refusal =
      RefusalFor(JudgeFields(FromText<core::Pod>("spec { " + spec + " }"), TestNode()), false);

  ASSERT_TRUE(refusal);

  EXPECT_LT(refusal->notice.message.size(), 1024u);
  EXPECT_THAT(refusal->notice.message, HasSubstr("spec.volumes[0,2,4,6,8,"));
}

TEST(StrictPodFieldsTest, WeakenedFieldsAreRefused) {
  NodeFacts node = TestNode();
  node.strict_pod_fields = true;

  const NotNow refusal = RefusalOf(FromText<core::Pod>("spec { hostUsers: false }"), {}, node);

  EXPECT_EQ(refusal.kind, NotNow::Kind::kUnsupported);
  EXPECT_THAT(refusal.notice.message,
              HasSubstr("--strict-pod-fields demands: spec.hostUsers=false"));
}

}  // namespace
}  // namespace vk::translate
