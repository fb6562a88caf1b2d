#include <gmock/gmock.h>

#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ReadinessTest : public AgentWorld {};

TEST_F(ReadinessTest, AgentThatIsInStepMissesNothing) {
  Start();

  EXPECT_TRUE(agent_->ready());
  EXPECT_EQ(agent_->WhatIsMissing(), "");
}

TEST_F(ReadinessTest, ApiServerThatIsAwayIsToldWithItsError) {
  kube_faults_.error = base::Error(base::ErrorCode::kUnavailable, "connection refused");
  Start();

  EXPECT_THAT(agent_->WhatIsMissing(),
              AllOf(StartsWith("namespace kube-system not read ("), HasSubstr("refused)")));
}

TEST_F(ReadinessTest, CloudThatRefusesTheKeyLeavesOnlyTheGroups) {
  credentials_.Give("key", "mistyped");
  Start();

  EXPECT_THAT(agent_->WhatIsMissing(),
              AllOf(StartsWith("container groups not listed ("), HasSubstr("check the access key"),
                    Not(HasSubstr("pods not listed"))));
}

}  // namespace
}  // namespace vk::agent
