#include "provider/agent/status_manager.h"

#include <algorithm>
#include <utility>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/pod_status.pb.h"
#include "provider/agent/group_end.h"
#include "provider/agent/scratch_pods.h"
#include "provider/kube/merge_patch.h"
#include "provider/translate/annotation_names.h"
#include "provider/translate/group_to_status.h"

namespace vk::agent {
namespace {

using base::TimePoint;
using k8s::io::api::core::v1::Pod;
using k8s::io::api::core::v1::PodStatus;
using Presence = GroupState::Presence;

namespace annotation = translate::annotation;

std::int64_t Seconds(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

// The pod with what was last seen of its group: containers that were seen to end keep their codes.
Pod LastKnown(const PodRecord& record, const Pod& pod, const translate::StatusFacts& facts) {
  Pod known = pod;
  if (record.group.seen) {
    *known.mutable_status() = translate::GroupToStatus(pod, *record.group.seen, facts);
  }
  return known;
}

// Its pod can only be Pending.
bool NothingStarted(const PodRecord& record) {
  const GroupState& group = record.group;
  if (record.desired.pod->phase != PodPhase::kPending || group.presence == Presence::kGone)
    return false;
  return !group.seen || std::ranges::all_of(group.seen->containers, [](const auto& container) {
    return container.current.phase == translate::ContainerPhase::kWaiting && !container.previous;
  });
}

std::string WhyGivenUp(const PodRecord& record) {
  if (!record.sync.message.empty()) return record.sync.message;
  const bool told = record.group.seen && !record.group.seen->trouble_message.empty();
  return told ? record.group.seen->trouble_message
              : "The cloud could not run the pod's container group";
}

// Why a container waits that should have started, such as ErrImagePull.
std::string TroubleOf(const translate::ContainerObservation& container) {
  const std::string& reason = container.current.reason;
  const bool usual = reason == "ContainerCreating" || reason == "PodInitializing";
  return container.current.phase == translate::ContainerPhase::kWaiting && !usual ? reason : "";
}

// What people who wait for a Pending pod want to know soon.
std::string NewsOf(const PodRecord& record) {
  std::string news = record.sync.reason + record.sync.message;
  if (!record.group.seen) return news;
  news += record.group.seen->trouble_reason + record.group.seen->trouble_message;
  for (const auto& container : record.group.seen->containers) news += TroubleOf(container);
  if (record.group.seen->init_containers) {
    for (const auto& init : *record.group.seen->init_containers) {
      news += TroubleOf(init);
      news +=
          std::to_string(static_cast<int>(init.current.phase)) + std::to_string(init.restart_count);
    }
  }
  return news;
}

// Whether the group ended because we made it, for a limit that it had outgrown.
bool IsEvicted(const PodRecord& record, Ending ending) {
  return !record.group.eviction.empty() && record.group.deletion &&
         (ending == Ending::kAsObserved || ending == Ending::kUnknown);
}

}  // namespace

StatusManager::StatusManager(StatusOptions options, kube::KubeApi& api, PodTable& pods,
                             Events& events, ContextOf context_of, base::Clock& clock,
                             base::Log& log, base::Metrics& metrics, base::Random random)
    : options_(std::move(options)),
      api_(api),
      pods_(pods),
      events_(events),
      context_of_(std::move(context_of)),
      clock_(clock),
      log_(log),
      random_(random),
      patches_(metrics.GetCounter("virtual_node_status_patches_total",
                                  "Accepted patches of pod status.")),
      errors_(metrics.GetCounter("virtual_node_status_patch_errors_total",
                                 "Failed patches and removals of pods.")),
      refused_(metrics.GetCounter("virtual_node_status_refused_total",
                                  "Patches and removals of pods that the API server calls invalid, "
                                  "which is a bug of this program.")) {}

boost::asio::awaitable<std::optional<TimePoint>> StatusManager::Step(std::string uid) {
  PodRecord* record = pods_.Find(uid);
  if (record == nullptr || record->desired.vanished) co_return std::nullopt;
  if (clock_.Now() < record->report.next_try) co_return record->report.next_try;
  Wanted wanted = Compare(*record);
  const std::optional<TimePoint> wake_at = wanted.wake_at;
  if (!wanted.patch.empty()) {
    const base::Status written = co_await Write(uid, std::move(wanted));
    if (!written) co_return Failed(uid, written.error(), "patch the pod's status");
  }
  record = pods_.Find(uid);
  if (record == nullptr || record->desired.vanished || record->report.removed)
    co_return std::nullopt;
  if (MayRemove(*record, context_of_(*record))) {
    const base::Status removed = co_await Remove(uid);
    if (!removed) co_return Failed(uid, removed.error(), "remove the pod");
    co_return std::nullopt;
  }
  co_return wake_at;
}

// Most changes of a record change nothing in its pod's status, and finding that out from the whole
// pod is the dearest thing that the agent does for it.
StatusManager::Wanted StatusManager::Compare(PodRecord& record) const {
  if (record.desired.pod->terminal()) {
    record.report.told.reset();
    return {};
  }
  const Ending ending = EndingOf(record, context_of_(record));
  if (ending == Ending::kNotYet && !record.desired.deletion_seen && NothingStarted(record)) {
    const TimePoint due = PendingDueAt(record);
    if (clock_.Now() < due) return {.wake_at = due};
  }
  StatusBasis basis{.pod = record.desired.pod,
                    .group_revision = record.group.revision,
                    .reason = record.sync.reason,
                    .message = record.sync.message,
                    .request_id = record.sync.request_id,
                    .instance_spec = record.sync.instance_spec};
  if (ending == Ending::kNotYet && record.report.told == basis) return {};
  Wanted wanted = Compute(record, ending);
  if (wanted.patch.empty() && !wanted.wake_at) record.report.told = std::move(basis);
  return wanted;
}

StatusManager::Wanted StatusManager::Compute(const PodRecord& record, Ending ending) const {
  const PodSnapshot& snapshot = *record.desired.pod;
  ScratchPods scratch;
  const Pod* const pod = scratch.Parse(snapshot.bytes);
  PodStatus status;
  if (pod == nullptr || !StatusOf(record, ending, *pod, &status)) return {};
  if (IsEvicted(record, ending)) translate::Evict(record.group.eviction, &status);
  Wanted wanted;
  wanted.pending = status.phase() == "Pending";
  wanted.started = status.phase() == "Running";
  if (wanted.pending) wanted.news = NewsOf(record);
  if (const auto due = DueAt(record, status); due && clock_.Now() < *due) {
    wanted.wake_at = due;
    return wanted;
  }
  auto patch = PatchOf(record, *pod, std::move(status));
  if (!patch) {
    log_.Error("cannot express a status patch",
               {{"pod_uid", snapshot.uid}, {"error", patch.error().message}});
    return {};
  }
  wanted.patch = *std::move(patch);
  if (!wanted.patch.empty()) {
    log_.Debug("patch pod status", {{"pod_uid", snapshot.uid}, {"patch", wanted.patch}});
  }
  return wanted;
}

// Compares only what a patch of ours may touch.
base::Result<std::string> StatusManager::PatchOf(const PodRecord& record, const Pod& pod,
                                                 PodStatus status) const {
  Pod before;
  before.mutable_metadata()->set_uid(record.desired.pod->uid);
  *before.mutable_metadata()->mutable_annotations() = pod.metadata().annotations();
  Pod after = before;
  *before.mutable_status() = pod.status();
  *after.mutable_status() = std::move(status);
  Annotate(record, &after);
  return kube::MakeMergePatch(before, after);
}

// A pod that starts or ends soon gets one patch and not two.
std::optional<TimePoint> StatusManager::DueAt(const PodRecord& record,
                                              const PodStatus& status) const {
  const DesiredPod& desired = record.desired;
  const bool terminal = status.phase() == "Succeeded" || status.phase() == "Failed";
  if (desired.deletion_seen && !terminal) {
    // Until something of it ends, the deletion itself is all that there is to tell.
    const auto& told = record.report.told;
    const bool same = told && told->group_revision == record.group.revision;
    if (same) return *desired.deletion_seen + options_.quiet_period;
    return *desired.deletion_seen + options_.pending_delay;
  }
  if (status.phase() == "Pending") return PendingDueAt(record);
  return std::nullopt;
}

// The id of its group is what an agent that starts anew knows the pod by: it waits for the pod's
// start no longer than the first patch of a pod that has its group at once.
TimePoint StatusManager::PendingDueAt(const PodRecord& record) const {
  const std::string& named = record.desired.pod->group_id;
  const std::string to_name = GroupToName(record);
  const ReportState& report = record.report;
  const bool patched = report.pending_told || !named.empty();
  if (patched && named != to_name) {
    if (to_name.empty() || !named.empty()) return report.last_patch;
    return std::max(report.last_patch, record.group.known_since + options_.pending_delay);
  }
  if (!report.pending_told) return record.desired.first_seen + options_.pending_delay;
  const bool news = NewsOf(record) != report.told_news;
  return report.last_patch + (news ? options_.news_period : options_.quiet_period);
}

bool StatusManager::StatusOf(const PodRecord& record, Ending ending, const Pod& pod,
                             PodStatus* status) const {
  const translate::StatusFacts facts{
      .now = Seconds(clock_.WallNow()),
      .node_ip = options_.node_ip,
      .group_id = GroupToNameInStatus(record),
      .acknowledged = Seconds(clock_.WallNow() - (clock_.Now() - record.desired.first_seen)),
      .ended_by = EnderOf(record)};
  switch (ending) {
    case Ending::kAsObserved:
      *status = translate::GroupToStatus(pod, *record.group.seen, facts);
      return true;
    case Ending::kUnknown:
      *status = translate::LostStatus(LastKnown(record, pod, facts), "ContainerStatusUnknown",
                                      "The container group vanished after it was deleted", facts);
      return true;
    case Ending::kLost:
      *status = translate::LostStatus(
          LastKnown(record, pod, facts), "ContainerGroupLost",
          "The container group no longer exists and was not deleted by this node", facts);
      return true;
    case Ending::kNeverStarted:
      *status = translate::NeverStartedStatus(
          pod, "The pod was deleted before its container group was made", facts);
      return true;
    case Ending::kDeadline:
      *status = translate::DeadlineStatus(LastKnown(record, pod, facts), facts);
      return true;
    case Ending::kGivenUp:
      *status = translate::NeverStartedStatus(pod, WhyGivenUp(record), facts);
      return true;
    case Ending::kNotYet:
      break;
  }
  if (record.group.presence == Presence::kPresent && record.group.seen) {
    *status = translate::GroupToStatus(pod, *record.group.seen, facts);
    return true;
  }
  // Before the first poll shows a group that exists already the API server knows better.
  if (record.group.presence == Presence::kPresent &&
      record.desired.pod->phase != PodPhase::kPending)
    return false;
  *status = translate::WaitingStatus(pod, record.sync.reason, record.sync.message, facts);
  return true;
}

void StatusManager::Annotate(const PodRecord& record, Pod* pod) const {
  auto& annotations = *pod->mutable_metadata()->mutable_annotations();
  const auto put = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) annotations[std::string(name)] = value;
  };
  const std::string group_id = GroupToName(record);
  if (group_id.empty()) annotations.erase(std::string(annotation::kInstanceId));
  if (record.group.presence == Presence::kNone || group_id.empty()) return;
  put(annotation::kInstanceId, group_id);
  const bool observed = record.group.seen && !record.group.seen->instance_spec.empty();
  put(annotation::kInstanceSpec,
      observed ? record.group.seen->instance_spec : record.sync.instance_spec);
  put(annotation::kRequestId, record.sync.request_id);
}

boost::asio::awaitable<base::Status> StatusManager::Write(std::string uid, Wanted wanted) {
  const std::shared_ptr<const PodSnapshot> pod = pods_.Find(uid)->desired.pod;
  kube::ObjectKey key = pod->key();
  key.subresource = "status";
  const auto reply =
      co_await api_.Patch(kube::kPods, key, kube::PatchType::kStrategicMerge,
                          std::move(wanted.patch), clock_.Now() + options_.call_limit);
  if (!reply) co_return co_await Refused(uid, reply.error());
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr) co_return base::Status();
  patches_.Add();
  ReportState& report = record->report;
  report.failures = 0;
  report.last_patch = clock_.Now();
  report.pending_told = report.pending_told || wanted.pending;
  if (wanted.pending) report.told_news = std::move(wanted.news);
  if (wanted.started && !std::exchange(report.started_told, true) &&
      pod->phase == PodPhase::kPending) {
    events_.OnPod(*pod, false, "Started", "Started the containers of group " + record->group.id);
  }
  pods_.Upsert(*reply);
  co_return base::Status();
}

boost::asio::awaitable<base::Status> StatusManager::Remove(std::string uid) {
  const std::shared_ptr<const PodSnapshot> pod = pods_.Find(uid)->desired.pod;
  const base::Status removed =
      co_await api_.Delete(kube::kPods, pod->key(), {.grace_period_seconds = 0, .uid = uid},
                           clock_.Now() + options_.call_limit);
  if (!removed) co_return co_await Refused(uid, removed.error());
  if (PodRecord* const record = pods_.Find(uid)) record->report.removed = true;
  co_return base::Status();
}

// What a write was answered; success when its pod is proven gone (docs/ownership.md §4).
boost::asio::awaitable<base::Status> StatusManager::Refused(std::string uid, base::Error error) {
  const PodRecord* const record = pods_.Find(uid);
  if (record == nullptr) co_return base::Status();
  if (!kube::MayBeGone(error)) co_return std::unexpected(std::move(error));
  const kube::ObjectKey key = record->desired.pod->key();
  const auto read = co_await api_.Get(kube::kPods, key, clock_.Now() + options_.call_limit);
  if (!kube::ProvesGone(read, uid)) co_return std::unexpected(std::move(error));
  if (pods_.Find(uid) != nullptr) pods_.MarkVanished(uid);
  co_return base::Status();
}

std::optional<TimePoint> StatusManager::Failed(const std::string& uid, const base::Error& error,
                                               const char* what) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr || error.code == base::ErrorCode::kCancelled) return std::nullopt;
  errors_.Add();
  ReportState& report = record->report;
  ++report.failures;
  // Nothing but a bug of ours makes a request that is never accepted.
  if (error.code == base::ErrorCode::kInvalidArgument) {
    refused_.Add();
    events_.OnPod(*record->desired.pod, true, "StatusRefused",
                  std::string("The API server refuses to ") + what + ": " + error.message +
                      ". This is a bug of virtual-node; it is tried again, please report it");
  }
  auto pause = options_.backoff.Delay(report.failures, random_);
  if (error.retry_after) pause = std::max(pause, *error.retry_after);
  report.next_try = clock_.Now() + pause;
  log_.Warn(std::string("cannot ") + what,
            {{"pod_uid", uid}, {"error", error.message}, {"code", error.cloud_code}});
  return report.next_try;
}

}  // namespace vk::agent
