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

}  // namespace
}  // namespace vk::translate
