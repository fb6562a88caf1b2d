// Deletions with a longer grace than the pod's own, through the whole agent and the fake cloud.

#include <gmock/gmock.h>

#include "test/provider/agent/running_pod.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
namespace core = k8s::io::api::core::v1;

class DeletionGraceTest : public RunningPodWorld {
 protected:
  DeletionGraceTest()
      : RunningPodWorld(
            [](AgentOptions* options) { options->facts.longest_deletion_grace = 120; }) {}

  // A pod with this grace runs, whose program takes so long to end.
  void RunPod(const std::string& policy, std::int64_t grace, const std::string& program_seconds) {
    Start();
    core::Pod pod = NewPod(policy, grace);
    SetEnv(pod.mutable_spec()->mutable_containers(0), "FAKE_ECI_GRACE_SECONDS", program_seconds);
    Create(pod);
    clock_.Advance(10s);
  }
};

using ShortGraceTest = RunningPodWorld;

TEST_F(DeletionGraceTest, LongerGraceThanThePodsOwnIsGivenToItsProgram) {
  RunPod("Always", 2, "40");
  DeletePod(60);
  clock_.Advance(39s);
  EXPECT_EQ(LivingGroups(), 1);
  clock_.Advance(10s);

  EXPECT_EQ(LivingGroups(), 0);
  EXPECT_EQ(Pod("step").metadata().uid(), "");
}

TEST_F(DeletionGraceTest, ProgramIsKilledAtTheEndOfThePodsOwnGrace) {
  RunPod("Always", 5, "1000");
  DeletePod(5);
  clock_.Advance(4s);
  EXPECT_EQ(LivingGroups(), 1);
  clock_.Advance(4s);

  EXPECT_EQ(LivingGroups(), 0);
  EXPECT_EQ(Pod("step").metadata().uid(), "");
}

TEST_F(DeletionGraceTest, SecondShorterDeletionShortensALongerOne) {
  RunPod("Always", 2, "1000");
  DeletePod(300);
  clock_.Advance(20s);
  EXPECT_EQ(LivingGroups(), 1);
  DeletePod(3);
  clock_.Advance(6s);

  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(DeletionGraceTest, ProgramOfAPodThatIsOverItsDeadlineIsKilledAfterThePodsOwnGrace) {
  RunPod("Never", 5, "1000");
  SetDeadline(12);
  clock_.Advance(12s);

  EXPECT_EQ(PhaseAndReason(), "Failed DeadlineExceeded");
  EXPECT_EQ(LivingGroups(), 0);
}

TEST_F(DeletionGraceTest, ContainersThatProbesStopKeepThePodsOwnGrace) {
  Start();
  core::Pod pod = NewPod("Always", 2);
  core::Container* const main = pod.mutable_spec()->mutable_containers(0);
  main->mutable_livenessprobe()->mutable_handler()->mutable_tcpsocket()->mutable_port()->set_intval(
      80);
  SetEnv(main, "FAKE_ECI_GRACE_SECONDS", "40");
  Create(pod);
  clock_.Advance(10s);
  DeletePod(60);
  clock_.Advance(5s);

  EXPECT_EQ(LivingGroups(), 0);
  EXPECT_THAT(Events("step"), Contains(HasSubstr("DeletionGraceCut: ")));
}

TEST_F(ShortGraceTest, UserIsToldThatALongerGraceIsCut) {
  Start();
  Create(NewPod("Always", 2));
  clock_.Advance(10s);
  DeletePod(60);
  clock_.Advance(10s);

  EXPECT_THAT(Events("step"), Contains(AllOf(HasSubstr("DeletionGraceCut: "), HasSubstr("60 s"),
                                             HasSubstr("--longest-deletion-grace"))));
}

TEST_F(ShortGraceTest, NothingIsToldOfAGraceThatThePodHas) {
  Start();
  Create(NewPod("Always", 30));
  clock_.Advance(10s);
  DeletePod(30);
  clock_.Advance(10s);

  EXPECT_THAT(Events("step"), Not(Contains(HasSubstr("DeletionGraceCut"))));
}

}  // namespace
}  // namespace vk::agent
