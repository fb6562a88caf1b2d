// The half of GroupMachine that looks after containers while they run: probes and hooks.

#include <algorithm>
#include <chrono>
#include <utility>

#include "proto/eci/v1/container_group.pb.h"
#include "tools/fake_eci/containerd/group_machine.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using base::Status;
using boost::asio::awaitable;
using Kind = HostReport::Kind;

constexpr auto kPostStartLimit = 10min;
// However long a preStop hook took, a container is asked to end. Source: the kubelet,
// minimumGracePeriodInSeconds in pkg/kubelet/kuberuntime/kuberuntime_container.go.
constexpr std::chrono::nanoseconds kLeastGrace = 2s;
constexpr std::chrono::seconds kDefaultGrace{30};

std::chrono::seconds GraceOf(const HostedGroup& group) {
  const auto spec = group.ParseSpec();
  return spec.has_termination_grace_period_seconds()
             ? std::chrono::seconds(spec.termination_grace_period_seconds())
             : kDefaultGrace;
}

}  // namespace

void GroupMachine::BeginChecks(const Running& running) {
  const std::size_t index = running.life.container;
  const auto container = ContainerOf(running.group.ParseSpec(), index);
  if (container.has_liveness_probe()) Aside("liveness", ProbeLiveness(index, running.id));
  if (container.has_readiness_probe()) {
    Aside("readiness", ProbeReadiness(index, running.id));
  } else {
    Tell(Kind::kReady, running.life, "", "");
  }
}

awaitable<void> GroupMachine::PostStart(std::size_t container, std::string id) {
  const Running* running = Find(container, id);
  if (running == nullptr) co_return;
  const HostedGroup group = running->group;
  const Status done =
      co_await Perform(PostStartOf(ContainerOf(group.ParseSpec(), container)), id, group.address,
                       parts_.clock.Now() + kPostStartLimit, parts_.cri, parts_.clock);
  if (done || Find(container, id) == nullptr) co_return;
  TellEvent(true, "FailedPostStartHook", "PostStartHook failed: " + done.error().message);
  co_await StopContainer(id, GraceOf(group));
}

// Probes until the verdict changes to the contrary of `*passed`, and sets it. False when the
// container no longer runs.
awaitable<bool> GroupMachine::NextVerdict(std::size_t container, std::string id, ProbePlan plan,
                                          const char* kind, bool* passed) {
  int in_a_row = 0;
  while (const Running* running = Find(container, id)) {
    const std::string address = running->group.address;
    const base::TimePoint begin = parts_.clock.Now();
    const Status done =
        co_await Perform(plan.action, id, address, begin + plan.timeout, parts_.cri, parts_.clock);
    if (Find(container, id) == nullptr) co_return false;
    if (!done) {
      TellEvent(true, "Unhealthy", std::string(kind) + " probe failed: " + done.error().message);
    }
    in_a_row = done.has_value() == *passed ? 0 : in_a_row + 1;
    if (in_a_row >= (*passed ? plan.failures : plan.successes)) {
      *passed = !*passed;
      co_return true;
    }
    if (!co_await parts_.clock.SleepUntil(begin + plan.period)) co_return false;
  }
  co_return false;
}

awaitable<void> GroupMachine::ProbeReadiness(std::size_t container, std::string id) {
  const Running* running = Find(container, id);
  if (running == nullptr) co_return;
  const Life life = running->life;
  const ProbePlan plan =
      PlanOf(ContainerOf(running->group.ParseSpec(), container).readiness_probe());
  bool ready = false;
  if (!co_await parts_.clock.SleepUntil(parts_.clock.Now() + plan.delay)) co_return;
  while (co_await NextVerdict(container, id, plan, "Readiness", &ready)) {
    Tell(ready ? Kind::kReady : Kind::kNotReady, life, "", "");
    if (!co_await parts_.clock.SleepUntil(parts_.clock.Now() + plan.period)) co_return;
  }
}

awaitable<void> GroupMachine::ProbeLiveness(std::size_t container, std::string id) {
  const Running* running = Find(container, id);
  if (running == nullptr) co_return;
  const HostedGroup group = running->group;
  const std::string name = running->life.name;
  const ProbePlan plan = PlanOf(ContainerOf(group.ParseSpec(), container).liveness_probe());
  bool alive = true;
  if (!co_await parts_.clock.SleepUntil(parts_.clock.Now() + plan.delay)) co_return;
  if (!co_await NextVerdict(container, id, plan, "Liveness", &alive)) co_return;
  TellEvent(false, "Killing", "Container " + name + " failed liveness probe, will be restarted");
  co_await StopContainer(id, GraceOf(group));
}

// The grace runs from the first call on, so that the hook takes its part of it.
awaitable<void> GroupMachine::StopInOrder(std::size_t container, std::string id,
                                          std::chrono::nanoseconds grace) {
  Running* running = Find(container, id);
  const bool first = running != nullptr && !std::exchange(running->stopping, true);
  if (first && grace > 0ns) {
    const auto spec = running->group.ParseSpec();
    const std::string address = running->group.address;
    ContainerAction hook = PreStopOf(ContainerOf(spec, container));
    if (!hook.empty()) {
      const base::TimePoint begin = parts_.clock.Now();
      const Status done =
          co_await Perform(std::move(hook), id, address, begin + grace, parts_.cri, parts_.clock);
      if (!done) {
        TellEvent(true, "FailedPreStopHook", "PreStopHook failed: " + done.error().message);
      }
      grace = std::max(kLeastGrace, grace - (parts_.clock.Now() - begin));
    }
  }
  co_await StopContainer(id, grace);
}

}  // namespace vk::fake
