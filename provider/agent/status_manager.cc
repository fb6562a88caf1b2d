#include "provider/agent/status_manager.h"

#include <utility>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/pod_status.pb.h"
#include "provider/kube/merge_patch.h"
#include "provider/translate/group_to_status.h"

namespace vk::agent {
namespace {

using base::TimePoint;
using k8s::io::api::core::v1::Pod;
using k8s::io::api::core::v1::PodStatus;
using Presence = GroupState::Presence;

constexpr char kPrefix[] = "k8s.aliyun.com/";

// The pod with what was last seen of its group: containers that were seen to end keep their codes.
Pod LastKnown(const PodRecord& record, const Pod& pod, const translate::StatusFacts& facts) {
  Pod known = pod;
  if (record.group.seen) {
    *known.mutable_status() = translate::GroupToStatus(pod, *record.group.seen, facts);
  }
  return known;
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
                                 "Failed patches and removals of pods.")) {}

boost::asio::awaitable<std::optional<TimePoint>> StatusManager::Step(std::string uid) {
  const PodRecord* record = pods_.Find(uid);
  if (record == nullptr || record->desired.vanished) co_return std::nullopt;
  if (clock_.Now() < record->report.next_try) co_return record->report.next_try;
  Wanted wanted = Compute(*record);
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

StatusManager::Wanted StatusManager::Compute(const PodRecord& record) const {
  Pod pod;
  if (record.desired.pod->terminal() || !pod.ParseFromString(record.desired.pod->bytes)) return {};
  Pod next = pod;
  Wanted wanted;
  if (!StatusOf(record, pod, next.mutable_status())) return {};
  wanted.pending = next.status().phase() == "Pending";
  wanted.started = next.status().phase() == "Running";
  if (const auto due = DueAt(record, next.status()); due && clock_.Now() < *due) {
    wanted.wake_at = due;
    return wanted;
  }
  Annotate(record, &next);
  auto patch = kube::MakeMergePatch(pod, next);
  if (!patch) {
    log_.Error("cannot express a status patch",
               {{"pod_uid", record.desired.pod->uid}, {"error", patch.error().message}});
    return {};
  }
  wanted.patch = *std::move(patch);
  if (!wanted.patch.empty()) {
    log_.Debug("patch pod status", {{"pod_uid", record.desired.pod->uid}, {"patch", wanted.patch}});
  }
  return wanted;
}

// A pod that starts or ends soon gets one patch and not two.
std::optional<TimePoint> StatusManager::DueAt(const PodRecord& record,
                                              const PodStatus& status) const {
  const DesiredPod& desired = record.desired;
  const bool terminal = status.phase() == "Succeeded" || status.phase() == "Failed";
  if (desired.deletion_seen && !terminal) return *desired.deletion_seen + options_.pending_delay;
  if (status.phase() == "Pending") {
    return record.report.pending_told ? record.report.last_patch + options_.pending_period
                                      : desired.first_seen + options_.pending_delay;
  }
  return std::nullopt;
}

bool StatusManager::StatusOf(const PodRecord& record, const Pod& pod, PodStatus* status) const {
  const translate::StatusFacts facts{
      .now = std::chrono::duration_cast<std::chrono::seconds>(clock_.WallNow().time_since_epoch())
                 .count(),
      .node_ip = options_.node_ip};
  switch (EndingOf(record, context_of_(record))) {
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
    case Ending::kGivenUp:
      *status = translate::NeverStartedStatus(pod, record.sync.message, facts);
      return true;
    case Ending::kNotYet:
      break;
  }
  if (record.group.presence == Presence::kPresent && record.group.seen) {
    *status = translate::GroupToStatus(pod, *record.group.seen, facts);
    return true;
  }
  // Before the first look at a group that exists already the API server knows better.
  if (record.group.presence == Presence::kPresent &&
      record.desired.pod->phase != PodPhase::kPending)
    return false;
  *status = translate::WaitingStatus(pod, record.sync.reason, record.sync.message, facts);
  return true;
}

void StatusManager::Annotate(const PodRecord& record, Pod* pod) const {
  if (record.group.presence == Presence::kNone || record.group.id.empty()) return;
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty())
      (*pod->mutable_metadata()->mutable_annotations())[std::string(kPrefix) + name] = value;
  };
  put("eci-instance-id", record.group.id);
  const bool observed = record.group.seen && !record.group.seen->instance_spec.empty();
  put("eci-instance-spec", observed ? record.group.seen->instance_spec : record.sync.instance_spec);
  put("eci-request-id", record.sync.request_id);
}

boost::asio::awaitable<base::Status> StatusManager::Write(std::string uid, Wanted wanted) {
  const std::shared_ptr<const PodSnapshot> pod = pods_.Find(uid)->desired.pod;
  kube::ObjectKey key = pod->key();
  key.subresource = "status";
  const auto reply =
      co_await api_.Patch(kube::kPods, key, kube::PatchType::kStrategicMerge,
                          std::move(wanted.patch), clock_.Now() + options_.call_limit);
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr) co_return base::Status();
  if (!reply && kube::ObjectIsGone(reply.error())) {
    pods_.MarkVanished(uid);
    co_return base::Status();
  }
  VK_CO_CHECK_OK(reply ? base::Status() : base::Status(std::unexpected(reply.error())));
  patches_.Add();
  ReportState& report = record->report;
  report.failures = 0;
  report.last_patch = clock_.Now();
  report.pending_told = report.pending_told || wanted.pending;
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
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr) co_return base::Status();
  if (!removed && kube::ObjectIsGone(removed.error())) {
    pods_.MarkVanished(uid);
    co_return base::Status();
  }
  VK_CO_CHECK_OK(removed);
  record->report.removed = true;
  co_return base::Status();
}

std::optional<TimePoint> StatusManager::Failed(const std::string& uid, const base::Error& error,
                                               const char* what) {
  PodRecord* const record = pods_.Find(uid);
  if (record == nullptr || error.code == base::ErrorCode::kCancelled) return std::nullopt;
  errors_.Add();
  ReportState& report = record->report;
  ++report.failures;
  auto pause = options_.backoff.Delay(report.failures, random_);
  if (error.retry_after) pause = std::max(pause, *error.retry_after);
  report.next_try = clock_.Now() + pause;
  log_.Warn(std::string("cannot ") + what,
            {{"pod_uid", uid}, {"error", error.message}, {"code", error.cloud_code}});
  return report.next_try;
}

}  // namespace vk::agent
