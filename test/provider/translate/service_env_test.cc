#include "provider/translate/service_env.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"
#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class ServiceEnvTest : public testing::Test {
 protected:
  std::vector<std::pair<std::string, std::string>> Variables() {
    std::vector<Notice> notices;
    std::vector<FieldFinding> weakened;
    return ServiceVariables({pod_, cluster_.Inputs(), node_, {}, notices, weakened});
  }

  void AddKubernetes() {
    cluster_.AddService(R"(metadata { name: "kubernetes" namespace: "default" }
        spec { clusterIP: "10.96.0.1" ports { name: "https" port: 443 protocol: "TCP" } })");
  }
  void AddDns() {
    cluster_.AddService(R"(metadata { name: "my-dns" namespace: "ns" }
        spec { clusterIP: "fd00::a" ports { port: 53 protocol: "UDP" }
               ports { name: "web-ui" port: 80 } })");
  }

  core::Pod pod_ = FromText<core::Pod>(R"(metadata { name: "p" namespace: "ns" } spec {})");
  NodeFacts node_ = TestNode();
  TestCluster cluster_;
};

TEST_F(ServiceEnvTest, ServiceGivesTheKubeletsVariables) {
  AddDns();

  EXPECT_THAT(
      Variables(),
      ElementsAre(
          Pair("MY_DNS_SERVICE_HOST", "fd00::a"), Pair("MY_DNS_SERVICE_PORT", "53"),
          Pair("MY_DNS_SERVICE_PORT_WEB_UI", "80"), Pair("MY_DNS_PORT", "udp://[fd00::a]:53"),
          Pair("MY_DNS_PORT_53_UDP", "udp://[fd00::a]:53"), Pair("MY_DNS_PORT_53_UDP_PROTO", "udp"),
          Pair("MY_DNS_PORT_53_UDP_PORT", "53"), Pair("MY_DNS_PORT_53_UDP_ADDR", "fd00::a"),
          Pair("MY_DNS_PORT_80_TCP", "tcp://[fd00::a]:80"), Pair("MY_DNS_PORT_80_TCP_PROTO", "tcp"),
          Pair("MY_DNS_PORT_80_TCP_PORT", "80"), Pair("MY_DNS_PORT_80_TCP_ADDR", "fd00::a")));
}

TEST_F(ServiceEnvTest, PodApiserverReplacesTheValuesAndNotTheNames) {
  AddKubernetes();
  node_.pod_apiserver = "203.0.113.5:6443";

  EXPECT_THAT(Variables(), ElementsAre(Pair("KUBERNETES_SERVICE_HOST", "203.0.113.5"),
                                       Pair("KUBERNETES_SERVICE_PORT", "6443"),
                                       Pair("KUBERNETES_SERVICE_PORT_HTTPS", "6443"),
                                       Pair("KUBERNETES_PORT", "tcp://203.0.113.5:6443"),
                                       Pair("KUBERNETES_PORT_443_TCP", "tcp://203.0.113.5:6443"),
                                       Pair("KUBERNETES_PORT_443_TCP_PROTO", "tcp"),
                                       Pair("KUBERNETES_PORT_443_TCP_PORT", "6443"),
                                       Pair("KUBERNETES_PORT_443_TCP_ADDR", "203.0.113.5")));
}

TEST_F(ServiceEnvTest, WithoutLinksOnlyTheApiserverIsTold) {
  AddDns();
  AddKubernetes();
  pod_.mutable_spec()->set_enableservicelinks(false);

  const auto variables = Variables();

  ASSERT_EQ(variables.size(), 8u);
  EXPECT_EQ(variables[0].first, "KUBERNETES_SERVICE_HOST");
}

TEST_F(ServiceEnvTest, ApiserverComesFirst) {
  AddDns();
  cluster_.AddService(R"(metadata { name: "a" namespace: "ns" }
      spec { clusterIP: "10.96.0.2" ports { port: 1 } })");
  AddKubernetes();

  EXPECT_EQ(Variables()[0].first, "KUBERNETES_SERVICE_HOST");
}

TEST_F(ServiceEnvTest, HeadlessAndForeignServicesGiveNone) {
  cluster_.AddService(R"(metadata { name: "headless" namespace: "ns" }
      spec { clusterIP: "None" ports { port: 1 } })");
  cluster_.AddService(R"(metadata { name: "foreign" namespace: "other" }
      spec { clusterIP: "10.96.0.2" ports { port: 1 } })");
  cluster_.AddService(R"(metadata { name: "external" namespace: "ns" }
      spec { ports { port: 1 } })");

  EXPECT_THAT(Variables(), IsEmpty());
}

}  // namespace
}  // namespace vk::translate
