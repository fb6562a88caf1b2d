// What people are told of groups that do not run, and what it costs.

#include <gmock/gmock.h>

#include <algorithm>

#include "test/provider/agent/agent_world.h"

namespace vk::agent {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kAction[] = "DescribeContainerGroupEvents";
constexpr char kPullFailed[] = "Failed to pull image \"example/job:1\": not found";

class GroupEventsTest : public AgentWorld {
 protected:
  // Groups that are made from now on take that long to run.
  void GroupsTake(std::chrono::seconds time) {
    fake::LatencyProfile slow;
    const auto seconds = std::chrono::duration<double>(time);
    slow.start = fake::Distribution({{0, seconds}, {1, seconds}});
    cloud_.SetLatency(slow);
  }

  // The cloud notes this about its newest group, or that of number `group`.
  void CloudTells(const std::string& reason, const std::string& message, std::uint64_t group = 0) {
    fake::HostReport report;
    report.kind = fake::HostReport::Kind::kEvent;
    report.group = group != 0 ? group : cloud_.groups().size();
    report.reason = reason;
    report.message = message;
    report.warning = true;
    cloud_.Report(report);
  }

  int Calls() const {
    int calls = 0;
    for (const auto& [call, count] : cloud_.call_counts())
      calls += call.first == kAction ? static_cast<int>(count) : 0;
    return calls;
  }

  int Told(const std::string& pod, const std::string& prefix) const {
    const auto events = Events(pod);
    return static_cast<int>(std::ranges::count_if(
        events, [&](const std::string& event) { return event.starts_with(prefix); }));
  }
};

TEST_F(GroupEventsTest, WhatTheCloudKnowsOfAGroupThatDoesNotStartIsToldOnce) {
  GroupsTake(1h);
  Start();
  CreatePod("web");
  clock_.Advance(2s);
  CloudTells("Failed", kPullFailed);
  clock_.Advance(2s);
  EXPECT_EQ(Told("web", "Failed: "), 0);
  clock_.Advance(6s);
  EXPECT_EQ(Told("web", "Failed: "), 1);
  CloudTells("BackOff", "Back-off pulling image \"example/job:1\"");
  clock_.Advance(5min);

  EXPECT_EQ(Told("web", std::string("Failed: ") + kPullFailed), 1);
  EXPECT_EQ(Told("web", "BackOff: Back-off pulling image"), 1);
  EXPECT_LE(Calls(), 12);
}

TEST_F(GroupEventsTest, PodsThatRunCostNoCall) {
  GroupsTake(2s);
  Start();
  for (int i = 0; i < 50; ++i) CreatePod("pod-" + std::to_string(i));
  clock_.Advance(10min);

  EXPECT_EQ(Pod("pod-49").status().phase(), "Running");
  EXPECT_EQ(Calls(), 0);
}

TEST_F(GroupEventsTest, NextProcessTellsNothingTwice) {
  GroupsTake(1h);
  Start();
  CreatePod("web");
  clock_.Advance(2s);
  CloudTells("FailedCreatePodSandBox", "Failed to create pod sandbox: no network");
  clock_.Advance(10s);
  ASSERT_EQ(Told("web", "FailedCreatePodSandBox: "), 1);
  const int calls = Calls();

  Stop();
  MakeAgent({.lifted = true});
  Start();
  clock_.Advance(1min);

  EXPECT_GT(Calls(), calls);
  EXPECT_EQ(Told("web", "FailedCreatePodSandBox: "), 1);
}

TEST_F(GroupEventsTest, MissingPermissionIsToldOnceAndAskedForOnceInTenMinutes) {
  CloudRefuses(kAction, "Forbidden.RAM");
  GroupsTake(2h);
  Start();
  CreatePod("web");
  clock_.Advance(29min);

  EXPECT_EQ(Calls(), 3);
  EXPECT_EQ(Told("vk", "GroupEventsForbidden: "), 1);
}

TEST_F(GroupEventsTest, RefusedForItsRateItIsAskedMoreAndMoreSeldom) {
  CloudRefuses(kAction, "Throttling.User");
  GroupsTake(2h);
  Start();
  CreatePod("web");
  clock_.Advance(10min);
  const int before = Calls();
  clock_.Advance(10min);

  EXPECT_LE(Calls() - before, 12);
}

TEST_F(GroupEventsTest, EachOfManyPodsThatWaitHasItsReasonWithinTwentySeconds) {
  constexpr int kPods = 250;
  GroupsTake(2h);
  Start();
  for (int i = 0; i < kPods; ++i) CreatePod("pod-" + std::to_string(i));
  // The events of their creations are written by then.
  clock_.Advance(20s);
  ASSERT_EQ(LivingGroups(), kPods);
  const int before = Calls();
  for (std::uint64_t group = 1; group <= kPods; ++group)
    CloudTells("StockExhaust", "The stock of the specified zones will be used up.", group);
  clock_.Advance(20s);

  const auto page = server_.List(kube::kEvents, "", {});
  ASSERT_TRUE(page);
  EXPECT_EQ(std::ranges::count_if(page->items,
                                  [](const std::string& event) {
                                    return event.find("StockExhaust") != std::string::npos;
                                  }),
            kPods);
  EXPECT_LE(Calls() - before, 7);
}

TEST_F(GroupEventsTest, CreationSaysTheSizeThatIsBilled) {
  Start();
  CreatePod("web");
  clock_.Advance(5s);

  EXPECT_THAT(Events("web"),
              Contains(AllOf(StartsWith("CreatedContainerGroup: "),
                             HasSubstr("; asked for no size; billed as 2 vCPU, 4 GiB"))));
}

}  // namespace
}  // namespace vk::agent
