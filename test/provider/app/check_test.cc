#include "provider/app/check.h"

#include <gmock/gmock.h>

#include "test/provider/agent/agent_world.h"

namespace vk::app {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class CheckTest : public agent::AgentWorld {
 protected:
  std::vector<std::string> Check() {
    std::vector<std::string> problems{"the check does not end"};
    tasks_.Spawn("check", Keep(CheckRemotes(options_, kube_, *eci_, clock_), &problems));
    clock_.Advance(5min);
    return problems;
  }

  config::Options options_ = [] {
    config::Options options;
    options.v_switches = {"vsw-1", "vsw-2"};
    options.security_groups = {"sg-1"};
    return options;
  }();

 private:
  static boost::asio::awaitable<void> Keep(boost::asio::awaitable<std::vector<std::string>> check,
                                           std::vector<std::string>* problems) {
    *problems = co_await std::move(check);
  }
};

TEST_F(CheckTest, AllIsWellAndNothingIsMade) {
  EXPECT_THAT(Check(), IsEmpty());
  EXPECT_THAT(cloud_.groups(), IsEmpty());
}

TEST_F(CheckTest, WrongKeyIsTold) {
  credentials_.Give("key", "mistyped");

  EXPECT_THAT(Check(), ElementsAre(AllOf(StartsWith("cloud: "), HasSubstr("SignatureDoesNotMatch"),
                                         HasSubstr("check the access key id and secret"))));
}

TEST_F(CheckTest, RefusalByRamIsToldForTheCreation) {
  CloudRefuses("CreateContainerGroup", "Forbidden.RAM");

  EXPECT_THAT(Check(), ElementsAre(HasSubstr("Forbidden.RAM"), HasSubstr("Forbidden.RAM")));
}

TEST_F(CheckTest, UnknownVSwitchIsToldByName) {
  cloud_.AddVSwitch({.id = "vsw-1", .vpc_id = "vpc-1", .zone = "cn-hangzhou-h"});

  EXPECT_THAT(Check(), ElementsAre(HasSubstr("--vswitch vsw-2")));
}

TEST_F(CheckTest, ShortageIsNoProblem) {
  cloud_.stock().Set({}, 0);

  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(CheckTest, ApiServerThatIsAwayIsTold) {
  kube_faults_.error = base::Error(base::ErrorCode::kUnavailable, "connection refused");

  EXPECT_THAT(Check(), ElementsAre(AllOf(StartsWith("API server: "), HasSubstr("kubeconfig"))));
}

TEST_F(CheckTest, SilentSidesAreBothTold) {
  kube_faults_.latency = kube::kForever;
  wire_.set_fault(agent::WireFault::kHalfOpen);

  EXPECT_THAT(Check(), ElementsAre(StartsWith("API server: "), StartsWith("cloud: ")));
}

}  // namespace
}  // namespace vk::app
