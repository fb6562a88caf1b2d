#include "provider/agent/pod_sync.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "eci_client/disposition.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/group_end.h"
#include "provider/agent/group_planning.h"
#include "provider/agent/pod_deadline.h"
#include "provider/translate/sizing.h"

namespace vk::agent {
namespace {

using base::ErrorCode;
using base::TimePoint;
using translate::NotNow;
using Presence = GroupState::Presence;

// Times from docs/ownership.md: beyond the old pod's grace (§4), until an event says what is
// searched for (§2).
constexpr std::chrono::seconds kNamesakeExtra{30};
constexpr std::chrono::seconds kMismatchPatience{60};
// The attempts of a pod from before begin somewhere between the two, far from those of others.
constexpr int kEarlierAttempts = 1'000'000;
constexpr int kMostAttempts = 2'000'000'000;

using Seconds = std::chrono::duration<double>;

const std::vector<double> kStartBuckets = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                           0.1,   0.25,  0.5,   1,    5,    30};

// The outcome of the create is known.
void Settle(SyncState& sync) {
  sync.unsettled.reset();
  sync.mismatch = false;
  sync.left_open.reset();
}

bool HasRun(const GroupState& group) {
  return group.presence == Presence::kPresent && group.seen &&
         (group.seen->status == translate::GroupStatus::kRunning ||
          group.seen->status == translate::GroupStatus::kSucceeded);
}

std::string Milliseconds(Seconds span) { return fmt::format("{:.3f}", span.count() * 1000); }

std::string Describe(const base::Error& error) {
  std::string text = error.message;
  if (!error.request_id.empty()) text += " (request id " + error.request_id + ")";
  return text;
}

// Nothing failed: the call was given up, or the term of the Lease ended before it was sent.
bool Withdrawn(const base::Error& error) {
  return error.code == ErrorCode::kCancelled || base::WasNotSent(error);
}

std::string NameOf(const PodSnapshot& pod) { return pod.ns + "/" + pod.name; }

std::string InstanceSpec(const eci::v1::CreateContainerGroupRequest& request) {
  if (request.has_cpu() && request.has_memory())
    return fmt::format("{:.1f}-{:.1f}Gi", request.cpu(), request.memory());
  return request.instance_type();
}

// "asked for 3 vCPU, 6 GiB; billed as 4 vCPU, 6 GiB", or only the latter when that is the same.
std::string SizeForPeople(const eci::v1::CreateContainerGroupRequest& request,
                          translate::Size wanted) {
  const std::string billed =
      request.has_cpu() && request.has_memory()
          ? fmt::format("{:g} vCPU, {:g} GiB", request.cpu(), request.memory())
          : request.instance_type();
  if (billed.empty()) return {};
  const std::string asked =
      wanted == translate::Size{}
          ? "no size"
          : fmt::format("{:g} vCPU, {:g} GiB", translate::VCpu(wanted), translate::GiB(wanted));
  return asked == billed ? "billed as " + billed
                         : fmt::format("asked for {}; billed as {}", asked, billed);
}

}  // namespace

PodSync::PodSync(PodSyncOptions options, translate::NodeFacts node, Parts parts, Hooks hooks,
                 base::Random random)
    : options_(options),
      node_(std::move(node)),
      parts_(parts),
      hooks_(std::move(hooks)),
      random_(random),
      deleter_(parts.cloud, parts.log, parts.metrics),
      updates_(node_,
               {parts.cloud, parts.pods, parts.poller, parts.inputs, parts.events, parts.permit,
                parts.clock, parts.log, parts.metrics},
               hooks_.may_act, random_.Split("updates")),
      created_(parts.metrics.GetCounter("virtual_node_groups_created_total",
                                        "Accepted creations of container groups.")),
      create_errors_(
          parts.metrics.GetCounter("virtual_node_group_create_errors_total", "Failed creations.")),
      create_seconds_(parts.metrics.GetHistogram(
          "virtual_node_pod_to_create_seconds",
          "From a pod's arrival to the first byte of its accepted creation.", kStartBuckets)),
      inputs_seconds_(parts.metrics.GetHistogram(
          "virtual_node_pod_inputs_seconds",
          "Of this, what the API server took to give tokens, ConfigMaps and Secrets.",
          kStartBuckets)) {}

DecisionContext PodSync::ContextOf(const PodRecord& record) const {
  DecisionContext context{.now = parts_.clock.Now(),
                          .may_act = hooks_.may_act(),
                          .relist = parts_.poller.believed(),
                          .shown = parts_.poller.shown(),
                          .namesake_until = std::nullopt,
                          .longest_grace = std::chrono::seconds(node_.longest_deletion_grace)};
  for (const PodRecord* const other : parts_.pods.Namesakes(*record.desired.pod)) {
    if (!other->group.IsThere() || other->group.Ended()) continue;
    const auto grace = std::chrono::seconds(other->desired.pod->termination_grace);
    const TimePoint until = record.desired.first_seen + grace + kNamesakeExtra;
    context.namesake_until = std::max(until, context.namesake_until.value_or(until));
  }
  return context;
}

boost::asio::awaitable<std::optional<TimePoint>> PodSync::Step(std::string uid) {
  PodRecord* const record = parts_.pods.Find(uid);
  if (record == nullptr) co_return std::nullopt;
  parts_.book.ClaimNamed(uid);
  Refresh(*record);
  const Decision decision = Decide(*record, ContextOf(*record));
  parts_.log.Debug("decide", {{"pod_uid", uid}, {"because", decision.because}});
  if (decision.wants_relist) {
    relist_waiters_.insert(uid);
    parts_.poller.Hurry(true);
  }
  switch (decision.action) {
    case PodAction::kNothing:
      break;
    case PodAction::kSearch:
      co_await Search(uid);
      break;
    case PodAction::kCreate:
      co_await Create(uid);
      break;
    case PodAction::kResend:
      co_await Send(uid);
      break;
    case PodAction::kDelete:
      co_await Delete(uid, decision.force);
      break;
    case PodAction::kReplace:
      co_await Replace(uid);
      break;
    case PodAction::kKeepLogs:
      co_await KeepLogs(uid);
      break;
    case PodAction::kForget:
      Forget(uid);
      co_return std::nullopt;
  }
  hooks_.on_report(uid);
  if (decision.action == PodAction::kNothing)
    co_return co_await updates_.Step(uid, decision.wake_at);
  const PodRecord* const after = parts_.pods.Find(uid);
  if (after == nullptr || co_await base::Cancelled()) co_return std::nullopt;
  // What comes next depends on what this step changed.
  co_return std::max(after->sync.next_try, parts_.clock.Now());
}

void PodSync::Refresh(PodRecord& record) {
  SyncState& sync = record.sync;
  if (record.group.presence == Presence::kPresent && sync.unsettled) {
    Settle(sync);
  }
  // The next attempt waits until the pod tells of this one.
  if (record.group.presence == Presence::kNone && sync.attempt > 0 && sync.reason.empty()) {
    sync.reason = "CreateContainerGroupFailed";
    sync.message =
        "The cloud answered with the container group of an earlier attempt, which is gone";
  }
  const bool ending = record.desired.vanished || record.desired.pod->deleting();
  // An accepted creation does not end a row of failures: the cloud may still refuse the group.
  if (!ending && HasRun(record.group)) sync.failures = 0;
  // What changed is tried at once: a backoff belongs to what failed before.
  const bool new_inputs = sync.waiting && sync.held_input != record.desired.pod->input_hash;
  if ((ending && !sync.ending) || new_inputs) {
    sync.failures = 0;
    sync.next_try = parts_.clock.Now();
  }
  sync.ending = ending;
}

void PodSync::InputsArrived(const std::string& uid) {
  PodRecord* const record = parts_.pods.Find(uid);
  if (record != nullptr && record->sync.waiting) record->sync.next_try = parts_.clock.Now();
}

// The pod is from before. Earlier processes may have used any number of attempts, and the cloud
// goes on answering those with groups that are gone; so a listing that sees, and shows none of this
// pod, is trusted. Else, and where no more than a first attempt was made, its token is what
// prevents a second group.
void PodSync::ChooseAttempt(PodRecord& record) {
  const bool first_at_most = !record.desired.pod->creation_told;
  if (first_at_most || !EarlierGroupDisproved(record, parts_.poller.shown())) return;
  record.sync.attempt = static_cast<int>(random_.Between(kEarlierAttempts, kMostAttempts));
}

boost::asio::awaitable<void> PodSync::Create(std::string uid) {
  PodRecord* record = parts_.pods.Find(uid);
  if (!record->desired.is_new && !record->sync.cleared) ChooseAttempt(*record);
  record->sync.cleared = true;  // The decision would have been another one otherwise.
  const std::shared_ptr<const PodSnapshot> pod = record->desired.pod;
  if (!parts_.inputs.services_synced()) {
    record->sync.next_try = parts_.clock.Now() + std::chrono::milliseconds(100);
    co_return;
  }
  const TimePoint asked = parts_.clock.Now();
  auto fetched = co_await parts_.inputs.Fetch(pod, ReferencesOf(*pod), record->desired.first_seen);
  record = parts_.pods.Find(uid);
  if (record == nullptr || !hooks_.may_act()) co_return;
  record->sync.inputs_wait = parts_.clock.Now() - asked;
  // A change of what the group is made of has poked the worker meanwhile: the next step sees
  // it.
  const PodSnapshot& now = *record->desired.pod;
  const bool changed = now.input_hash != pod->input_hash || now.deleting() || now.terminal();
  if (changed || record->desired.vanished || DeadlineIsOver(record->desired, parts_.clock.Now()))
    co_return;
  if (!fetched) {
    record->sync.reason = "InputsUnavailable";
    record->sync.message = Describe(fetched.error());
    BackOff(*record, options_.delete_backoff);
    co_return;
  }
  auto planned = PlanGroup(*pod, fetched->inputs, node_);
  if (const NotNow* const not_now = std::get_if<NotNow>(&planned)) {
    Hold(*record, *not_now);
    co_return;
  }
  auto& plan = std::get<translate::GroupPlan>(planned);
  plan.notices.insert(plan.notices.end(), fetched->notices.begin(), fetched->notices.end());
  Prepare(*record, std::move(plan));
  co_await Send(uid);
}

// From here on the create is open: its outcome has to be found out, whatever happens.
void PodSync::Prepare(PodRecord& record, translate::GroupPlan plan) {
  const PodSnapshot& pod = *record.desired.pod;
  parts_.inputs.StopWaiting(pod.uid);
  for (const translate::Notice& notice : plan.notices) {
    if (notice.once) {
      parts_.events.OnPodOnce(pod, notice.warning, notice.reason, notice.message);
    } else {
      parts_.events.OnPod(pod, notice.warning, notice.reason, notice.message);
    }
  }
  SyncState& sync = record.sync;
  sync.waiting = false;
  if (sync.unsettled)
    ++sync.attempt;  // The token may be forgotten, and no group was found under it.
  Settle(sync);
  // An earlier process may have sent it, too: a refusal settles only what is sent from here on.
  if (!record.desired.is_new) sync.left_open = record.desired.first_seen;
  plan.request.set_client_token(ClientToken(node_.identity, pod.uid, std::to_string(sync.attempt)));
  TellCloudTheDeadline(parts_.clock.Now(), &record, &plan.request);
  sync.instance_spec = InstanceSpec(plan.request);
  sync.size = SizeForPeople(plan.request, plan.wanted);
  sync.unsettled =
      std::make_shared<const eci::v1::CreateContainerGroupRequest>(std::move(plan.request));
  sync.first_sent = parts_.clock.Now();
}

boost::asio::awaitable<void> PodSync::Send(std::string uid) {
  PodRecord* record = parts_.pods.Find(uid);
  const auto request = record->sync.unsettled;
  record->sync.search_after = parts_.clock.Now();
  const auto created = co_await parts_.cloud.CreateContainerGroup(*request, Limits());
  record = parts_.pods.Find(uid);
  if (record == nullptr) co_return;
  if (created) {
    Created(*record, created->reply, created->sent);
  } else if (!Withdrawn(created.error())) {
    CreateFailed(*record, created.error());
  } else if (created.error().earlier_try_open) {
    record->sync.left_open = parts_.clock.Now();
  }
}

eci::WriteLimits PodSync::Limits() const {
  return {.deadline = parts_.clock.Now() + options_.call_limit, .permit = &parts_.permit};
}

void PodSync::Created(PodRecord& record, const eci::v1::CreateContainerGroupResponse& reply,
                      TimePoint sent) {
  const std::string& group_id = reply.container_group_id();
  SyncState& sync = record.sync;
  Settle(sync);
  sync.reason.clear();
  sync.message.clear();
  sync.request_id = reply.request_id();
  created_.Add();
  const Seconds added = sent - record.desired.first_seen;
  create_seconds_.Observe(added.count());
  inputs_seconds_.Observe(Seconds(sync.inputs_wait).count());
  hooks_.on_create(nullptr);
  const PodSnapshot& pod = *record.desired.pod;
  const bool old_token = !record.desired.is_new && sync.attempt < kEarlierAttempts;
  const auto origin = old_token ? GroupBook::Origin::kOldToken : GroupBook::Origin::kCreation;
  const bool kept = !parts_.book.Claim(pod.uid, group_id, origin).empty();
  // Should it be the group of an attempt of an earlier process, which failed to start and is gone,
  // this attempt is used up.
  if (old_token) ++sync.attempt;
  if (!kept) return BackOff(record, options_.create_backoff);
  parts_.poller.Hurry();
  parts_.events.OnPod(pod, false, "CreatedContainerGroup",
                      fmt::format("Created container group {} (request id {}){}{}", group_id,
                                  sync.request_id, sync.size.empty() ? "" : "; ", sync.size));
  parts_.log.Info("created container group", {{"pod", NameOf(pod)},
                                              {"pod_uid", pod.uid},
                                              {"group", group_id},
                                              {"request_id", sync.request_id},
                                              {"added_ms", Milliseconds(added)},
                                              {"inputs_ms", Milliseconds(sync.inputs_wait)}});
}

void PodSync::CreateFailed(PodRecord& record, const base::Error& error) {
  SyncState& sync = record.sync;
  const PodSnapshot& pod = *record.desired.pod;
  create_errors_.Add();
  hooks_.on_create(&error);
  parts_.log.Warn("cannot create container group", {{"pod", NameOf(pod)},
                                                    {"pod_uid", pod.uid},
                                                    {"error", error.message},
                                                    {"code", error.cloud_code},
                                                    {"request_id", error.request_id}});
  if (error.cloud_code == "IdempotentParameterMismatch") {
    sync.mismatch = true;
    sync.next_try = parts_.clock.Now();
    return;
  }
  if (eci::MayHaveHappened(error)) {
    sync.left_open = parts_.clock.Now();
  } else if (OpenSendDisproved(sync, parts_.poller.shown())) {
    Settle(sync);
    ++sync.attempt;
    if (pod.fail_fast) sync.given_up = true;
  }
  sync.reason = error.cloud_code.empty() ? "CreateContainerGroupFailed" : error.cloud_code;
  sync.message = Describe(error);
  parts_.events.OnPod(pod, true, "FailedCreateContainerGroup", sync.message);
  BackOff(record, options_.create_backoff);
}

void PodSync::Hold(PodRecord& record, const NotNow& reason) {
  SyncState& sync = record.sync;
  const PodSnapshot& pod = *record.desired.pod;
  const bool news = !sync.waiting || sync.message != reason.notice.message;
  sync.waiting = true;
  sync.held_input = pod.input_hash;
  sync.reason = reason.notice.reason;
  sync.message = reason.notice.message;
  sync.next_try = parts_.clock.Now() + options_.held_recheck;
  if (news) {
    parts_.events.OnPod(pod, reason.notice.warning, reason.notice.reason, reason.notice.message);
    parts_.log.Info("pod is held back", {{"pod", NameOf(pod)},
                                         {"pod_uid", pod.uid},
                                         {"reason", sync.reason},
                                         {"message", sync.message}});
  }
  if (reason.kind == NotNow::Kind::kWaiting) parts_.inputs.WaitFor(pod, reason.missing);
}

// A group of this pod exists, and shows sooner or later.
boost::asio::awaitable<void> PodSync::Search(std::string uid) {
  const base::Status searched = co_await parts_.poller.Search(uid);
  PodRecord* const record = parts_.pods.Find(uid);
  if (record == nullptr) co_return;
  const PodSnapshot& pod = *record->desired.pod;
  if (!searched && searched.error().code != ErrorCode::kCancelled) {
    parts_.log.Warn("cannot search for the pod's container group",
                    {{"pod", NameOf(pod)},
                     {"pod_uid", uid},
                     {"error", searched.error().message},
                     {"code", searched.error().cloud_code},
                     {"request_id", searched.error().request_id}});
  }
  if (record->group.presence != Presence::kNone) co_return;
  BackOff(*record, options_.search_backoff);
  if (parts_.clock.Now() - record->sync.first_sent > kMismatchPatience) {
    parts_.events.OnPod(pod, true, "ContainerGroupNotListed",
                        "The cloud says that a group was made for this pod with other parameters, "
                        "but does not list it yet");
  }
}

void PodSync::TellOfGrace(const PodSnapshot& pod) {
  if (!pod.deleting()) return;
  const std::string cut = WhyGraceIsCut(pod, std::chrono::seconds(node_.longest_deletion_grace));
  if (!cut.empty()) parts_.events.OnPodOnce(pod, true, "DeletionGraceCut", cut);
}

boost::asio::awaitable<void> PodSync::Delete(std::string uid, bool force) {
  PodRecord* record = parts_.pods.Find(uid);
  const std::string group_id = record->group.id;
  const bool first = !record->group.deletion;
  parts_.book.NoteDeleteSent(uid);
  if (first && !record->desired.vanished && !record->group.Ended()) {
    parts_.events.OnPod(*record->desired.pod, false, "Killing",
                        "Stopping container group " + group_id);
    TellOfGrace(*record->desired.pod);
  }
  const base::Status deleted =
      co_await deleter_.Delete(record->desired.pod, group_id, force, Limits());
  record = parts_.pods.Find(uid);
  if (record == nullptr || record->group.id != group_id) co_return;
  if (deleted) {
    record->sync.failures = 0;
    parts_.book.NoteDeleteAccepted(uid, force);
    parts_.poller.Hurry();
  } else if (deleted.error().code == ErrorCode::kNotFound) {
    parts_.book.ReportGone(group_id);
    parts_.poller.Hurry();
  } else if (base::WasNotSent(deleted.error())) {
    if (first && !deleted.error().earlier_try_open) parts_.book.NoteDeleteNotSent(uid);
  } else if (deleted.error().code != ErrorCode::kCancelled) {
    BackOff(*record, options_.delete_backoff);
    parts_.events.OnPod(*record->desired.pod, true, "FailedDeleteContainerGroup",
                        Describe(deleted.error()));
  }
}

boost::asio::awaitable<void> PodSync::Replace(std::string uid) {
  PodRecord* record = parts_.pods.Find(uid);
  const std::string group_id = record->group.id;
  // Without it people are told less; the group is replaced all the same.
  if (record->group.seen->trouble_reason.empty()) (void)co_await parts_.poller.Explain(group_id);
  record = parts_.pods.Find(uid);
  if (record == nullptr || record->group.id != group_id || !hooks_.may_act()) co_return;
  const translate::GroupObservation failed = *record->group.seen;
  const base::Status deleted =
      co_await deleter_.Delete(record->desired.pod, group_id, true, Limits());
  record = parts_.pods.Find(uid);
  if (record == nullptr || record->group.id != group_id) co_return;
  if (!deleted && deleted.error().code != ErrorCode::kNotFound) {
    if (!Withdrawn(deleted.error())) BackOff(*record, options_.delete_backoff);
    co_return;
  }
  SyncState& sync = record->sync;
  ++sync.attempt;
  const bool placed = failed.status != translate::GroupStatus::kScheduleFailed;
  sync.reason = !failed.trouble_reason.empty() ? failed.trouble_reason
                : placed                       ? "ContainerGroupFailed"
                                               : "ScheduleFailed";
  sync.message = !failed.trouble_message.empty() ? failed.trouble_message
                 : placed ? "The container group failed before a container ran"
                          : "The cloud could not place the container group";
  parts_.events.OnPod(*record->desired.pod, true, "FailedCreateContainerGroup",
                      fmt::format("{}: {} (group {})", sync.reason, sync.message, group_id));
  BackOff(*record, options_.create_backoff);
  parts_.book.Release(uid);
}

// What its containers have printed, before it is deleted and after it has ended.
boost::asio::awaitable<void> PodSync::KeepLogs(std::string uid) {
  const translate::GroupObservation group = *parts_.pods.Find(uid)->group.seen;
  co_await parts_.ended_logs.Fetch(uid, group);
  PodRecord* const record = parts_.pods.Find(uid);
  if (record == nullptr || record->group.id != group.group_id) co_return;
  record->sync.logs = {.group_id = group.group_id, .after_end = translate::HasEnded(group.status)};
}

void PodSync::BackOff(PodRecord& record, const base::ExponentialBackoff& backoff) {
  ++record.sync.failures;
  record.sync.next_try = parts_.clock.Now() + backoff.Delay(record.sync.failures, random_);
}

void PodSync::Forget(const std::string& uid) {
  parts_.inputs.StopWaiting(uid);
  parts_.ended_logs.Forget(uid);
  updates_.Forget(uid);
  parts_.book.Forget(uid);
  hooks_.on_forget(uid);
  parts_.pods.Forget(uid);
}

}  // namespace vk::agent
