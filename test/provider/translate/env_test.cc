#include "provider/translate/env.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using Pairs = std::vector<std::pair<std::string, std::string>>;

class EnvTest : public testing::Test {
 protected:
  // The variables of the first container; the pod's IP reads "<status.podIP>".
  static Pairs Variables(const GroupPlan& plan) {
    Pairs pairs;
    for (const auto& variable : plan.request.container(0).environment_var()) {
      pairs.emplace_back(variable.key(), variable.has_field_ref()
                                             ? "<" + variable.field_ref().field_path() + ">"
                                             : variable.value());
    }
    return pairs;
  }

  // A container with entries V0, V1, ... up to `count`.
  static std::string Entries(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += fmt::format(R"(env {{ name: "V{}" value: "x" }})", i);
    return text;
  }

  void AddService(int number) {
    cluster_.AddService(fmt::format(R"(metadata {{ name: "s{:02}" namespace: "ns" }}
        spec {{ clusterIP: "10.96.1.{}" ports {{ port: 1 }} }})",
                                    number, number));
  }

  TestCluster cluster_;
};

TEST_F(EnvTest, ValuesExpandWhatStandsBeforeThem) {
  const auto pod = PodWith(R"(env { name: "A" value: "1" } env { name: "B" value: '$(A)$(C)' }
                              env { name: "C" value: "3" } env { name: "EMPTY" value: "" })");

  EXPECT_THAT(Variables(PlanOf(pod)),
              ElementsAre(Pair("A", "1"), Pair("B", "1$(C)"), Pair("C", "3"), Pair("EMPTY", "")));
}

TEST_F(EnvTest, EmptyValueIsSent) {
  const GroupPlan plan = PlanOf(PodWith(R"(env { name: "EMPTY" })"));

  EXPECT_TRUE(plan.request.container(0).environment_var(0).has_value());
}

TEST_F(EnvTest, LaterEntriesReplaceEarlierOnes) {
  cluster_.AddConfigMap(R"(metadata { name: "m" } data { key: "A" value: "map" }
                           data { key: "B" value: "map" })");
  const auto pod = PodWith(R"(
      envFrom { configMapRef { localObjectReference { name: "m" } } }
      env { name: "A" value: '$(A)+own' } env { name: "C" value: "1" } env { name: "C" value: "2" })");

  EXPECT_THAT(Variables(PlanOf(pod, cluster_.Inputs())),
              ElementsAre(Pair("A", "map+own"), Pair("B", "map"), Pair("C", "2")));
}

TEST_F(EnvTest, SourceKeysThatTheCloudCannotNameAreToldAndLeftOut) {
  cluster_.AddSecret(R"(metadata { name: "s" } data { key: "GOOD" value: "1" }
                        data { key: "bad.key" value: "2" } data { key: "9" value: "3" })");
  const auto pod = PodWith(R"(envFrom { secretRef { localObjectReference { name: "s" } } })");

  const GroupPlan plan = PlanOf(pod, cluster_.Inputs());

  EXPECT_THAT(Variables(plan), ElementsAre(Pair("GOOD", "1")));
  ASSERT_EQ(plan.notices.size(), 1u);
  EXPECT_EQ(plan.notices[0].reason, "InvalidEnvironmentVariableNames");
  EXPECT_THAT(plan.notices[0].message, HasSubstr("9, bad.key"));
}

TEST_F(EnvTest, OwnNameThatTheCloudCannotTakeIsRefused) {
  const NotNow refusal = RefusalOf(PodWith(R"(env { name: "my.name" value: "1" })"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kTooLarge);
  EXPECT_THAT(refusal.notice.message, HasSubstr("spec.containers[0].env[0]"));
}

TEST_F(EnvTest, PodIpIsLeftToTheCloud) {
  const auto pod = PodWith(R"(
      env { name: "IP" valueFrom { fieldRef { fieldPath: "status.podIP" } } }
      env { name: "IPS" valueFrom { fieldRef { fieldPath: "status.podIPs" } } }
      env { name: "COPY" value: '$(IP)' })");

  EXPECT_THAT(Variables(PlanOf(pod)),
              ElementsAre(Pair("IP", "<status.podIP>"), Pair("IPS", "<status.podIP>"),
                          Pair("COPY", "<status.podIP>")));
}

TEST_F(EnvTest, PodIpInsideAnotherTextIsRefusedByItsPath) {
  const NotNow refusal = RefusalOf(PodWith(R"(
      args: "serve" args: '--bind=$(IP):80'
      env { name: "IP" valueFrom { fieldRef { fieldPath: "status.podIP" } } })"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kUnsupported);
  EXPECT_EQ(refusal.notice.reason, "UnsupportedPodField");
  EXPECT_THAT(refusal.notice.message, HasSubstr("spec.containers[0].args[1]"));
}

TEST_F(EnvTest, ArgumentsExpandAndStayArguments) {
  const GroupPlan plan = PlanOf(PodWith(R"(args: "run" args: '$(A)' args: '$$(A)' args: '$(B)'
                                           env { name: "A" value: "1" })"));

  EXPECT_THAT(plan.request.container(0).arg(), ElementsAre("run", "1", "$(A)", "$(B)"));
  EXPECT_THAT(plan.request.container(0).command(), IsEmpty());
}

TEST_F(EnvTest, VariablesThatDoubleEachOtherAreRefused) {
  std::string entries = "env { name: 'V0' value: 'xx' }";
  for (int i = 1; i < 60; ++i) {
    entries += fmt::format("env {{ name: 'V{}' value: '$(V{})$(V{})' }}", i, i - 1, i - 1);
  }

  const NotNow refusal = RefusalOf(PodWith(entries));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kTooLarge);
  EXPECT_THAT(refusal.notice.message, HasSubstr("spec.containers[0].env["));
}

TEST_F(EnvTest, ArgumentsThatRepeatALongVariableAreRefused) {
  std::string entries = fmt::format("env {{ name: 'A' value: '{}' }}", std::string(30'000, 'x'));
  for (int i = 0; i < 90; ++i) entries += "args: '$(A)'";

  const NotNow refusal = RefusalOf(PodWith(entries));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kTooLarge);
  EXPECT_THAT(refusal.notice.message, HasSubstr("spec.containers[0].args[33]"));
}

TEST_F(EnvTest, MissingKeyWaitsForItsObject) {
  cluster_.AddConfigMap(R"(metadata { name: "m" })");
  const auto pod = PodWith(R"(env { name: "A" valueFrom {
      configMapKeyRef { localObjectReference { name: "m" } key: "k" } } })");

  const NotNow refusal = RefusalOf(pod, cluster_.Inputs());

  EXPECT_EQ(refusal.kind, NotNow::Kind::kWaiting);
  EXPECT_THAT(refusal.missing,
              ElementsAre(ObjectReference{ObjectReference::Kind::kConfigMap, "m", false}));
  EXPECT_EQ(refusal.notice.message, "couldn't find key k in ConfigMap ns/m");
}

TEST_F(EnvTest, ServiceVariablesComeLastAndGiveWayToOwnOnes) {
  AddService(1);
  auto pod = PodWith(R"(env { name: "URL" value: '$(S01_PORT)' }
                        env { name: "S01_SERVICE_HOST" value: "mine" })");
  pod.mutable_spec()->set_enableservicelinks(true);

  const Pairs variables = Variables(PlanOf(pod, cluster_.Inputs()));

  ASSERT_EQ(variables.size(), 2u + 6u);
  EXPECT_THAT(variables[0], Pair("URL", "tcp://10.96.1.1:1"));
  EXPECT_THAT(variables[1], Pair("S01_SERVICE_HOST", "mine"));
  EXPECT_THAT(variables[2], Pair("S01_SERVICE_PORT", "1"));
}

TEST_F(EnvTest, UnusedServiceLinksGiveWayToTheLimit) {
  for (int i = 1; i <= 3; ++i) AddService(i);
  auto pod = PodWith(Entries(kMostVariables - 3) + R"(args: '$(S03_PORT_1_TCP_ADDR)')");
  pod.mutable_spec()->set_enableservicelinks(true);

  const GroupPlan plan = PlanOf(pod, cluster_.Inputs());

  const Pairs variables = Variables(plan);
  ASSERT_EQ(variables.size(), static_cast<std::size_t>(kMostVariables));
  const Pairs links(variables.end() - 3, variables.end());
  EXPECT_THAT(links,
              ElementsAre(Pair("S01_SERVICE_HOST", "10.96.1.1"), Pair("S01_SERVICE_PORT", "1"),
                          Pair("S03_PORT_1_TCP_ADDR", "10.96.1.3")));
  ASSERT_EQ(plan.notices.size(), 1u);
  EXPECT_EQ(plan.notices[0].reason, "ServiceLinksDropped");
  EXPECT_THAT(plan.notices[0].message, HasSubstr("18 of 258"));
}

TEST_F(EnvTest, TooManyOwnVariablesAreRefusedWithLimitAndSize) {
  const NotNow refusal = RefusalOf(PodWith(Entries(kMostVariables + 1)));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kTooLarge);
  EXPECT_EQ(refusal.notice.reason, "CloudLimitExceeded");
  EXPECT_THAT(refusal.notice.message, HasSubstr("241 environment variables"));
  EXPECT_THAT(refusal.notice.message, HasSubstr("at most 240"));
}

TEST_F(EnvTest, UnknownVariableInSubPathIsRefused) {
  const NotNow refusal =
      RefusalOf(PodWith(R"(volumeMounts { name: "v" mountPath: "/v" subPathExpr: '$(NONE)' })",
                        R"(volumes { name: "v" volumeSource { emptyDir {} } })"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kInvalid);
  EXPECT_THAT(refusal.notice.message, HasSubstr("spec.containers[0].volumeMounts[0].subPathExpr"));
}

constexpr char kPodIp[] =
    R"(env { name: "POD_IP" valueFrom { fieldRef { fieldPath: "status.podIP" } } } )";

TEST(PodIpTest, ShellPutsItIntoItsScript) {
  const GroupPlan plan = PlanOf(PodWith(
      std::string(kPodIp) + R"x(command: "sh" command: "-c" args: "serve --ip=$(POD_IP)")x"));

  EXPECT_EQ(plan.request.container(0).arg(0), "serve --ip=${POD_IP}");
  EXPECT_EQ(plan.request.container(0).environment_var(0).field_ref().field_path(), "status.podIP");
}

TEST(PodIpTest, ElsewhereItIsRefusedWithTheWayRound) {
  const NotNow refusal =
      RefusalOf(PodWith(std::string(kPodIp) + R"x(command: "serve" args: "--ip=$(POD_IP)")x"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kUnsupported);
  EXPECT_THAT(refusal.notice.message, testing::HasSubstr("spec.containers[0].args[0]"));
  EXPECT_THAT(refusal.notice.message, testing::HasSubstr("in the script of sh -c or bash -c"));
}

TEST(PodIpTest, ShellSetsTheVariablesThatItIsAPartOf) {
  const GroupPlan plan = PlanOf(PodWith(std::string(kPodIp) + R"x(
      env { name: "URL" value: "http://$(POD_IP):80/it's" }
      env { name: "DEEP" value: "$(URL)?a=$HOME" } env { name: "NEXT" value: "1" }
      command: "sh" args: "-c" args: "serve $(URL)" args: "name")x"));

  const auto& container = plan.request.container(0);
  EXPECT_EQ(container.arg(1), R"(export URL='http://'"${POD_IP}"':80/it'\''s'; )"
                              R"(export DEEP='http://'"${POD_IP}"':80/it'\''s?a=$HOME'; )"
                              "serve http://${POD_IP}:80/it's");
  EXPECT_EQ(container.arg(2), "name");
  ASSERT_EQ(container.environment_var_size(), 2);
  EXPECT_EQ(container.environment_var(0).key(), "POD_IP");
  EXPECT_EQ(container.environment_var(1).key(), "NEXT");
}

TEST(PodIpTest, LaterValueOfAJoinedVariableIsSetByTheCloud) {
  const GroupPlan plan = PlanOf(PodWith(std::string(kPodIp) + R"x(
      env { name: "URL" value: "http://$(POD_IP)" } env { name: "URL" value: "none" }
      command: "sh" command: "-c" args: "serve")x"));

  EXPECT_EQ(plan.request.container(0).arg(0), "serve");
  EXPECT_EQ(plan.request.container(0).environment_var(1).value(), "none");
}

TEST(PodIpTest, VariableJoinedFromItIsRefusedWhereAProgramWouldNotSeeIt) {
  const std::string url = R"x(env { name: "URL" value: "http://$(POD_IP)" } )x";
  const std::string script = R"x(command: "sh" command: "-c" args: "serve" )x";
  for (const std::string& rest :
       {std::string(R"x(command: "serve")x"), std::string(),
        script + R"x(livenessProbe { handler { exec { command: "alive" } } })x",
        script + R"x(lifecycle { preStop { exec { command: "drain" } } })x"}) {
    const NotNow refusal = RefusalOf(PodWith(kPodIp + url + rest));

    EXPECT_THAT(refusal.notice.message, HasSubstr("spec.containers[0].env[1].value")) << rest;
    EXPECT_THAT(refusal.notice.message, HasSubstr("in the script of sh -c or bash -c")) << rest;
  }
}

TEST(PodIpTest, VariableJoinedFromItIsRefusedWhereItIsNoLongerThePodsIp) {
  const NotNow refusal = RefusalOf(PodWith(std::string(kPodIp) + R"x(
      env { name: "URL" value: "http://$(POD_IP)" } env { name: "POD_IP" value: "127.0.0.1" }
      command: "sh" command: "-c" args: "serve")x"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kUnsupported);
  EXPECT_THAT(refusal.notice.message, HasSubstr("spec.containers[0].env"));
}

TEST(PodIpTest, PathOfAVolumeCannotHaveAVariableJoinedFromIt) {
  const NotNow refusal =
      RefusalOf(PodWith(std::string(kPodIp) + R"x(env { name: "URL" value: "a-$(POD_IP)" }
      command: "sh" command: "-c" args: "serve"
      volumeMounts { name: "v" mountPath: "/v" subPathExpr: "$(URL)" })x",
                        R"(volumes { name: "v" volumeSource { emptyDir {} } })"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kUnsupported);
  EXPECT_THAT(refusal.notice.message, HasSubstr("volumeMounts[0].subPathExpr"));
}

TEST(PodIpTest, SingleQuotesAreRefused) {
  const NotNow refusal = RefusalOf(
      PodWith(std::string(kPodIp) + R"x(command: "sh" command: "-c" args: "a '$(POD_IP)'")x"));

  EXPECT_THAT(refusal.notice.message, testing::HasSubstr("write \"${POD_IP}\""));
}

TEST(DottedVariableTest, RefusalNamesTheWayRound) {
  const NotNow refusal = RefusalOf(PodWith(R"(env { name: "discovery.type" value: "one" })"));

  EXPECT_THAT(refusal.notice.message, testing::HasSubstr("spec.containers[0].env[0]"));
  EXPECT_THAT(refusal.notice.message, testing::HasSubstr("env 'discovery.type=VALUE' PROGRAM"));
}

}  // namespace
}  // namespace vk::translate
