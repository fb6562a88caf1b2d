#include "provider/translate/probes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

TEST(ProbesTest, UnknownPortNameIsRefusedByItsPath) {
  const NotNow refusal = RefusalOf(PodWith(R"(
      readinessProbe { handler { httpGet { port { type: 1 strVal: "web" } } } })"));

  EXPECT_EQ(refusal.kind, NotNow::Kind::kInvalid);
  EXPECT_EQ(refusal.notice.message,
            "spec.containers[0].readinessProbe.httpGet.port: the container has no port named "
            "\"web\"");
}

TEST(ProbesTest, WhatIsLeftToTheDefaultIsNotSent) {
  const GroupPlan plan =
      PlanOf(PodWith(R"(livenessProbe { handler { tcpSocket { port { intVal: 80 } } } })"));

  const eci::v1::Probe& probe = plan.request.container(0).liveness_probe();
  EXPECT_EQ(probe.tcp_socket().port(), 80);
  EXPECT_FALSE(probe.has_period_seconds());
  EXPECT_FALSE(plan.request.container(0).has_readiness_probe());
}

TEST(ProbesTest, HooksGoToTheirOwnFlatNames) {
  const GroupPlan plan = PlanOf(PodWith(R"(lifecycle {
      postStart { exec { command: "up" } }
      preStop { httpGet { path: "/down" port { intVal: 81 } } } })"));

  const eci::v1::Container& container = plan.request.container(0);
  EXPECT_EQ(container.lifecycle_post_start_handler_exec(0), "up");
  EXPECT_EQ(container.lifecycle_pre_stop_handler_http_get_path(), "/down");
  EXPECT_EQ(container.lifecycle_pre_stop_handler_http_get_port(), 81);
  EXPECT_EQ(container.lifecycle_pre_stop_handler_http_get_scheme(), "HTTP");
  EXPECT_FALSE(container.has_lifecycle_pre_stop_handler_http_get_host());
}

TEST(ProbesTest, PortOutOfRangeIsRefusedByItsPath) {
  for (const char* port : {"0", "-1", "65536"}) {
    const NotNow refusal = RefusalOf(PodWith(
        std::string("livenessProbe { handler { tcpSocket { port { intVal: ") + port + " } } } }"));
    EXPECT_EQ(refusal.kind, NotNow::Kind::kInvalid);
    EXPECT_EQ(refusal.notice.message.find("spec.containers[0].livenessProbe.tcpSocket.port: "), 0u);
  }
}

TEST(ProbesTest, WhatTheCloudCannotAskIsATcpProbe) {
  const GroupPlan plan = PlanOf(PodWith(R"(
      livenessProbe { handler { grpc { port: 9000 service: "x" } } }
      readinessProbe { handler { httpGet { path: "/" port { intVal: 80 }
                                           httpHeaders { name: "Host" value: "x" } } } })"));

  EXPECT_EQ(plan.request.container(0).liveness_probe().tcp_socket().port(), 9000);
  EXPECT_EQ(plan.request.container(0).readiness_probe().tcp_socket().port(), 80);
  EXPECT_FALSE(plan.request.container(0).readiness_probe().has_http_get());
}

TEST(StartupProbeTest, ServesAsReadinessProbeWhereThereIsNone) {
  const GroupPlan plan = PlanOf(PodWith(R"(
      startupProbe { handler { exec { command: "up" } } periodSeconds: 5 failureThreshold: 30 })"));

  const eci::v1::Probe& probe = plan.request.container(0).readiness_probe();
  EXPECT_EQ(probe.exec().command(0), "up");
  EXPECT_EQ(probe.failure_threshold(), 30);
}

TEST(StartupProbeTest, LeavesTheReadinessProbeAsItIs) {
  const GroupPlan plan = PlanOf(PodWith(R"(
      readinessProbe { handler { exec { command: "ready" } } }
      startupProbe { handler { exec { command: "up" } } })"));

  EXPECT_EQ(plan.request.container(0).readiness_probe().exec().command(0), "ready");
}

TEST(StartupProbeTest, LivenessBeginsWhenTheStartWouldHaveFailed) {
  const auto delay = [](const std::string& liveness, const std::string& startup) {
    return PlanOf(PodWith("livenessProbe { handler { exec { command: \"a\" } } " + liveness +
                          " } startupProbe { handler { exec { command: \"a\" } } " + startup +
                          " }"))
        .request.container(0)
        .liveness_probe()
        .initial_delay_seconds();
  };

  EXPECT_EQ(delay("", "initialDelaySeconds: 7 periodSeconds: 5 failureThreshold: 30"), 157);
  EXPECT_EQ(delay("", ""), 30);
  EXPECT_EQ(delay("initialDelaySeconds: 400", ""), 400);
  EXPECT_EQ(delay("", "periodSeconds: 2147483647 failureThreshold: 2147483647"), 2147483647);
}

}  // namespace
}  // namespace vk::translate
