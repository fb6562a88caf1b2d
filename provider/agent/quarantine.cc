#include "provider/agent/quarantine.h"

#include <utility>

namespace vk::agent {
namespace {

constexpr base::ExponentialBackoff kBackoff{.first = std::chrono::seconds(10),
                                            .cap = std::chrono::minutes(10)};

std::string Describe(const std::exception_ptr& bug) {
  try {
    std::rethrow_exception(bug);
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "an unknown exception";
  }
}

}  // namespace

Quarantine::Quarantine(std::string worker, const PodTable& pods, Events& events, base::Clock& clock,
                       base::Log& log, base::Metrics& metrics, base::Random random)
    : worker_(std::move(worker)),
      pods_(pods),
      events_(events),
      clock_(clock),
      log_(log),
      random_(random),
      bugs_(metrics.GetCounter("virtual_node_pod_bugs_total",
                               "Steps of single pods that ended by a bug of this program.")) {}

boost::asio::awaitable<std::optional<base::TimePoint>> Quarantine::Run(
    base::KeyedWorkers::Step step, std::string uid) {
  const auto held = held_.find(uid);
  if (held != held_.end() && clock_.Now() < held->second.next_try) co_return held->second.next_try;
  std::exception_ptr bug;
  try {
    const std::optional<base::TimePoint> next = co_await step(uid);
    held_.erase(uid);
    co_return next;
  } catch (...) {
    bug = std::current_exception();
  }
  co_return Hold(uid, bug);
}

base::TimePoint Quarantine::Hold(const std::string& uid, const std::exception_ptr& bug) {
  Held& held = held_[uid];
  ++held.failures;
  held.next_try = clock_.Now() + kBackoff.Delay(held.failures, random_);
  const std::string what = Describe(bug);
  bugs_.Add();
  log_.Error("bug: a step of one pod ended by exception; the pod is left as it is for a while",
             {{"pod_uid", uid}, {"worker", worker_}, {"exception", what}});
  if (const PodRecord* const record = pods_.Find(uid)) {
    events_.OnPod(*record->desired.pod, true, "AgentBug",
                  "A bug of virtual-node stopped the work on this pod (" + what +
                      "). Its container group is left as it is, and the work is tried again, at "
                      "the latest every ten minutes; please report this event");
  }
  return held.next_try;
}

}  // namespace vk::agent
