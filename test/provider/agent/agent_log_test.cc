#include <gmock/gmock.h>

#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// What the agent's log says of a pod's life at the default level.
class AgentLogTest : public AgentWorld {
 protected:
  // The lines about the pod since the last call.
  std::vector<std::string> LinesOf(const std::string& pod) {
    std::vector<std::string> lines;
    for (const std::string& line : std::exchange(agent_log_.lines, {})) {
      if (line.find(Pod(pod).metadata().uid()) != std::string::npos) lines.push_back(line);
    }
    return lines;
  }
};

TEST_F(AgentLogTest, GroupsCreationAndDeletionNameThePodAndTheRequest) {
  Start();
  CreatePod("web");
  clock_.Advance(10s);
  const std::string uid = Pod("web").metadata().uid();
  EXPECT_THAT(LinesOf("web"), Contains(AllOf(StartsWith("created container group"),
                                             HasSubstr("web"), HasSubstr("request_id="))));
  EXPECT_THAT(Events("web"),
              Contains(AllOf(StartsWith("CreatedContainerGroup: "), HasSubstr("(request id "))));

  ASSERT_TRUE(server_.Delete(
      kube::kPods, {.ns = Pod("web").metadata().namespace_(), .name = "web", .subresource = {}},
      {}));
  clock_.Advance(10s);
  EXPECT_THAT(agent_log_.lines,
              Contains(AllOf(StartsWith("deleted container group"), HasSubstr("/web"),
                             HasSubstr("pod_uid=" + uid), HasSubstr("request_id="))));
}

TEST_F(AgentLogTest, PodThatIsHeldBackIsOneLineWithItsReason) {
  Start();
  CreatePod("web", "kubernetes.io/config.mirror", "x");
  clock_.Advance(3min);

  EXPECT_THAT(LinesOf("web"),
              ElementsAre(AllOf(StartsWith("pod is held back"), HasSubstr("/web"),
                                HasSubstr("reason=MirrorPodNotRun"), HasSubstr("static pod"))));
}

TEST_F(AgentLogTest, FailedCallIsOneLine) {
  Start();
  CloudRefuses("CreateContainerGroup", "OperationDenied.NoStock");
  agent_log_.lines.clear();
  CreatePod("web");
  clock_.Advance(500ms);

  EXPECT_THAT(agent_log_.lines,
              ElementsAre(AllOf(StartsWith("cannot create container group"), HasSubstr("/web"),
                                HasSubstr("OperationDenied.NoStock"), HasSubstr("request_id="))));
}

TEST_F(AgentLogTest, SearchThatFailsIsTold) {
  Start();
  CloudRefuses("DescribeContainerGroups", "Throttling.User");
  CloudRefuses("CreateContainerGroup", "IdempotentParameterMismatch");
  CreatePod("web");
  clock_.Advance(1min);

  EXPECT_THAT(LinesOf("web"), Contains(AllOf(StartsWith("cannot search for the pod's container "
                                                        "group"),
                                             HasSubstr("/web"), HasSubstr("Throttling.User"))));
}

}  // namespace
}  // namespace vk::agent
