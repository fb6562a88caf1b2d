#include "provider/translate/security.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"

namespace vk::translate {
namespace {

using testing::HasSubstr;

TEST(SecurityTest, ContainerBeatsThePod) {
  const GroupPlan plan =
      PlanOf(PodWith(R"(securityContext { runAsUser: 0 runAsNonRoot: false })",
                     R"(securityContext { runAsUser: 10 runAsGroup: 11 runAsNonRoot: true })"));

  const eci::v1::Container& container = plan.request.container(0);
  EXPECT_EQ(container.security_context().run_as_user(), 0);
  EXPECT_EQ(container.security_context_run_as_group(), 11);
  EXPECT_FALSE(container.has_security_context_run_as_non_root());
}

TEST(SecurityTest, RootIsSentWhenItIsAskedFor) {
  const GroupPlan plan = PlanOf(PodWith("", R"(securityContext { runAsUser: 0 })"));

  EXPECT_TRUE(plan.request.container(0).security_context().has_run_as_user());
}

TEST(SecurityTest, NothingAskedForSendsNothing) {
  const GroupPlan plan = PlanOf(PodWith("securityContext {}", "securityContext {}"));

  EXPECT_FALSE(plan.request.container(0).has_security_context());
}

TEST(SecurityTest, SysctlsAreSentWhereTheCloudWantsThem) {
  const GroupPlan plan = PlanOf(PodWith("", R"(securityContext {
      sysctls { name: "net.ipv4.ping_group_range" value: "0 1" }
      sysctls { name: "kernel.msgmax" value: "65536" } })"));

  EXPECT_EQ(plan.request.security_context().sysctl(0).name(), "net.ipv4.ping_group_range");
  EXPECT_EQ(plan.request.host_security_context().sysctl(0).name(), "kernel.msgmax");
}

TEST(SecurityTest, OtherSysctlsAreRefusedByName) {
  for (const char* name : {"kernel.shm_rmid_forced", "net.ipv4.tcp_syncookies", "vm.swappiness"}) {
    const NotNow refusal = RefusalOf(PodWith(
        "", std::string("securityContext { sysctls { name: \"") + name + "\" value: \"1\" } }"));
    EXPECT_THAT(refusal.notice.message,
                HasSubstr(std::string("spec.securityContext.sysctls[0] (") + name + ")"));
  }
}

}  // namespace
}  // namespace vk::translate
