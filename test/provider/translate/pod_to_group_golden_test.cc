#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"
#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

// Whole pods: what the request for their group says to the last field.
class PodToGroupGoldenTest : public testing::TestWithParam<const char*> {
 protected:
  PodToGroupGoldenTest() {
    cluster_.AddConfigMap(R"(metadata { name: "settings" }
        data { key: "COLOR" value: "blue" } data { key: "not.a.name" value: "x" }
        binaryData { key: "LOGO" value: "\x00\x01" })");
    cluster_.AddConfigMap(R"(metadata { name: "kube-root-ca.crt" }
        data { key: "ca.crt" value: "root certificate" })");
    cluster_.AddConfigMap(R"(metadata { name: "spark-drv-822aeca20224fc4b-conf-map" }
        data { key: "spark.properties" value: "spark.app.id=1\n" }
        data { key: "ignored" value: "by items" })");
    cluster_.AddConfigMap(R"(metadata { name: "spark-exec-ca4aeba2022b064e-conf-map" }
        data { key: "spark.properties" value: "spark.app.id=2\n" })");
    cluster_.AddSecret(R"(metadata { name: "login" } data { key: "password" value: "s3cret" })");
    cluster_.AddSecret(R"(metadata { name: "pull" } data { key: ".dockerconfigjson" value:
        '{"auths":{"https://private.example/v1/":{"auth":"dXNlcjpwYXNz"}}}' })");
    cluster_.AddService(R"(metadata { name: "kubernetes" namespace: "default" }
        spec { clusterIP: "10.96.0.1" ports { name: "https" port: 443 protocol: "TCP" } })");
  }

  TestCluster cluster_;
};

TEST_P(PodToGroupGoldenTest, PodGivesTheRequest) {
  const std::string name = GetParam();
  const auto pod = FromFile<core::Pod>(name + ".pod");
  cluster_.GrantTokens(pod);

  const GroupPlan plan = PlanOf(pod, cluster_.Inputs());

  ExpectGolden(plan.request, name + ".request");
}

INSTANTIATE_TEST_SUITE_P(Pods, PodToGroupGoldenTest,
                         testing::Values("plain", "driver", "executor", "init", "probes", "secrets",
                                         "projected"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace vk::translate
