#include "provider/agent/group_end.h"

#include <fmt/format.h>

#include <algorithm>

#include "provider/agent/pod_deadline.h"

namespace vk::agent {
namespace {

using base::TimePoint;
using std::chrono::seconds;

// A process that has not seen the group yet goes by the pod's phase.
bool AnyRuns(const PodRecord& record) {
  if (!record.group.seen) return record.desired.pod->phase == PodPhase::kRunning;
  return std::ranges::any_of(record.group.seen->containers, [](const auto& container) {
    return container.current.phase == translate::ContainerPhase::kRunning;
  });
}

seconds DeletionGrace(const PodSnapshot& pod) {
  return seconds(std::max<std::int64_t>(0, pod.deletion_grace.value_or(0)));
}

}  // namespace

std::optional<TimePoint> SleepsUntil(const PodRecord& record) {
  const DesiredPod& desired = record.desired;
  if (desired.pod->pre_stop_sleep <= 0 || !AnyRuns(record)) return std::nullopt;
  const seconds sleep = std::min(seconds(desired.pod->pre_stop_sleep), DeletionGrace(*desired.pod));
  return desired.deletion_asked.value_or(desired.first_seen) + sleep;
}

std::optional<TimePoint> ForceAt(const DesiredPod& desired, seconds longest) {
  const PodSnapshot& pod = *desired.pod;
  const TimePoint over = desired.deletion_seen.value_or(desired.first_seen) + DeletionGrace(pod);
  // The cloud ends sidecars after the others, and gives them the whole grace again.
  if (pod.has_sidecars) return over + kSidecarLeastGrace;
  const bool has_room = longest > seconds(0) && pod.may_have_deletion_room;
  if (has_room || *pod.deletion_grace < pod.termination_grace) return over;
  return std::nullopt;
}

std::optional<TimePoint> ForceLivingAt(const PodRecord& record, seconds longest) {
  const PodSnapshot& pod = *record.desired.pod;
  if (!record.group.deletion || longest <= seconds(0) || !pod.may_have_deletion_room)
    return std::nullopt;
  return record.group.deletion->sent + seconds(std::max<std::int64_t>(0, pod.termination_grace));
}

std::string WhyGraceIsCut(const PodSnapshot& pod, seconds longest) {
  const std::int64_t room = pod.may_have_deletion_room ? longest.count() : 0;
  const std::int64_t has = std::max(room, pod.termination_grace);
  if (*pod.deletion_grace <= has) return {};
  return fmt::format(
      "The deletion's grace of {} s is cut to {} s: the cloud takes the grace of a container group "
      "when it is made. Give the pod a longer terminationGracePeriodSeconds, or see "
      "--longest-deletion-grace{}",
      *pod.deletion_grace, has,
      pod.may_have_deletion_room ? ""
                                 : ", which pods with sidecars, liveness or startup probes do not "
                                   "have");
}

std::optional<TimePoint> SidecarsOverdue(const GroupState& group) {
  if (!group.only_sidecars_since || group.Ended()) return std::nullopt;
  return *group.only_sidecars_since + kSidecarPatience;
}

translate::GroupEnder EnderOf(const PodRecord& record) {
  using translate::GroupEnder;
  const GroupState& group = record.group;
  // An earlier process may have sent the delete, and only the deadline is left to tell of it.
  const auto stopped =
      group.deletion ? std::optional(group.deletion->sent) : group.stopped_elsewhere;
  if (!stopped) return GroupEnder::kItself;
  // Its containers were done before.
  for (const auto& over : {group.idle_since, group.only_sidecars_since}) {
    if (over && *over < *stopped) return GroupEnder::kItself;
  }
  if (!record.desired.pod->deleting() && DeadlineIsOver(record.desired, *stopped))
    return GroupEnder::kDeadline;
  return group.deletion ? GroupEnder::kNode : GroupEnder::kSomebodyElse;
}

}  // namespace vk::agent
