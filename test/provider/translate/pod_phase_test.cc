#include "provider/translate/pod_phase.h"

#include <gtest/gtest.h>

#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

// Containers by letter, one each, named 0, 1, ...: w waiting, r running, 0 ended well, 1 ended
// badly, b waiting after a bad end, d waiting after a good one; an init container in capitals (W, R,
// or E for one that ended badly) is a sidecar.
struct Case {
  const char* policy;
  const char* inits;
  const char* apps;
  bool stopping;
  const char* phase;
};

std::string StateText(char letter) {
  switch (letter) {
    case 'r':
    case 'R':
      return "state { running {} }";
    case '0':
      return "state { terminated { exitCode: 0 } }";
    case '1':
    case 'E':
      return "state { terminated { exitCode: 1 } }";
    case 'b':
      return "state { waiting {} } lastState { terminated { exitCode: 1 } }";
    case 'd':
      return "state { waiting {} } lastState { terminated { exitCode: 0 } }";
    default:
      return "state { waiting {} }";
  }
}

class PodPhaseTest : public testing::TestWithParam<Case> {};

TEST_P(PodPhaseTest, StatusesMakeThePhase) {
  const Case& c = GetParam();
  core::PodSpec spec;
  core::PodStatus status;
  spec.set_restartpolicy(c.policy);
  for (int i = 0; c.inits[i] != 0; ++i) {
    auto* init = spec.add_initcontainers();
    init->set_name("i" + std::to_string(i));
    if (c.inits[i] >= 'A' && c.inits[i] <= 'Z') init->set_restartpolicy("Always");
    *status.add_initcontainerstatuses() = FromText<core::ContainerStatus>(
        "name: \"i" + std::to_string(i) + "\" " + StateText(c.inits[i]));
  }
  for (int i = 0; c.apps[i] != 0; ++i) {
    spec.add_containers()->set_name("a" + std::to_string(i));
    *status.add_containerstatuses() = FromText<core::ContainerStatus>(
        "name: \"a" + std::to_string(i) + "\" " + StateText(c.apps[i]));
  }

  EXPECT_EQ(PhaseOf(spec, status, c.stopping), c.phase)
      << c.policy << " init " << c.inits << " app " << c.apps << (c.stopping ? " stopping" : "");
}

INSTANTIATE_TEST_SUITE_P(
    Rules, PodPhaseTest,
    testing::Values(
        Case{"Always", "", "w", false, "Pending"}, Case{"Always", "", "r", false, "Running"},
        Case{"Always", "", "rw", false, "Pending"}, Case{"Always", "", "r1", false, "Running"},
        Case{"Always", "", "b", false, "Running"}, Case{"Always", "", "00", false, "Running"},
        Case{"Always", "", "1", false, "Running"}, Case{"OnFailure", "", "0", false, "Succeeded"},
        Case{"OnFailure", "", "1", false, "Running"}, Case{"OnFailure", "", "01", false, "Running"},
        Case{"OnFailure", "", "0b", false, "Running"}, Case{"Never", "", "0", false, "Succeeded"},
        Case{"Never", "", "01", false, "Failed"}, Case{"Never", "", "0r", false, "Running"},
        // A pod that is being deleted ends whatever its policy.
        Case{"Always", "", "00", true, "Succeeded"}, Case{"Always", "", "01", true, "Failed"},
        Case{"Always", "", "b", true, "Failed"}, Case{"Always", "", "d", true, "Failed"},
        Case{"Always", "", "0r", true, "Running"}, Case{"Always", "", "w", true, "Pending"},
        // Init containers.
        Case{"Always", "r", "w", false, "Pending"}, Case{"Always", "0w", "w", false, "Pending"},
        Case{"Always", "0", "r", false, "Running"}, Case{"Always", "1", "w", false, "Pending"},
        Case{"OnFailure", "b", "w", false, "Pending"}, Case{"Never", "1w", "w", false, "Failed"},
        Case{"Never", "0", "1", false, "Failed"},
        // Sidecars: their start is waited for, and how they end plays no part.
        Case{"Never", "W", "w", false, "Pending"}, Case{"Never", "R", "w", false, "Pending"},
        Case{"Never", "0R", "r", false, "Running"}, Case{"Never", "R", "0", false, "Running"},
        Case{"Never", "RE", "0", false, "Running"}, Case{"Never", "E", "0", false, "Succeeded"},
        Case{"Never", "E", "1", false, "Failed"}, Case{"Never", "E", "r", false, "Running"},
        Case{"Never", "W", "0", false, "Succeeded"}, Case{"Never", "1W", "w", false, "Failed"},
        Case{"Always", "R", "0", true, "Running"}, Case{"Always", "E", "0", true, "Succeeded"}));

TEST(PodPhaseTest, ContainerWithoutStatusIsPending) {
  core::PodSpec spec;
  spec.add_containers()->set_name("a");

  EXPECT_EQ(PhaseOf(spec, {}, false), "Pending");
}

}  // namespace
}  // namespace vk::translate
