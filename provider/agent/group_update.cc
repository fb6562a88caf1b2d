#include "provider/agent/group_update.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "eci_client/disposition.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/group_planning.h"
#include "provider/agent/scratch_pods.h"
#include "provider/translate/group_change.h"

namespace vk::agent {
namespace {

using base::ErrorCode;
using base::TimePoint;
using eci::v1::UpdateContainerGroupRequest;
using translate::ContainerPhase;
using translate::GroupStatus;

constexpr std::chrono::seconds kCallLimit{60};
// Also between repetitions of an accepted update that the group does not show yet.
constexpr base::ExponentialBackoff kBackoff{.first = std::chrono::seconds(2),
                                            .cap = std::chrono::minutes(5)};
constexpr std::chrono::seconds kShowsWithin{60};
constexpr std::chrono::minutes kPatience{10};
// A conflict is a group that is changing: nothing to tell of unless it stays so.
constexpr int kConflictsUntold = 5;
// Between two reads of the inputs of a container in back-off: doubling, from its beginning.
constexpr std::chrono::seconds kFirstReads{5};
constexpr std::chrono::seconds kLaterReads{60};
constexpr int kMostDoublings = 4;

// Kubelet's word, which the cloud uses, too.
constexpr std::string_view kBackOff = "CrashLoopBackOff";

std::set<std::string> InBackOff(const translate::GroupObservation& seen) {
  std::set<std::string> names;
  for (const auto& container : seen.containers) {
    if (container.current.phase == ContainerPhase::kWaiting && container.current.reason == kBackOff)
      names.insert(container.name);
  }
  return names;
}

int RestartsOf(const translate::GroupObservation& seen) {
  int restarts = 0;
  for (const auto& container : seen.containers) restarts += container.restart_count;
  return restarts;
}

// Whether the group is its pod's, and both are to go on.
bool Lives(const PodRecord& record) {
  const GroupState& group = record.group;
  return record.desired.GoesOn() && group.IsThere() && group.seen && !group.Ended() &&
         !group.deletion;
}

// Source: ECI, UpdateContainerGroup.
bool TakesUpdates(const GroupState& group) {
  return group.seen->status == GroupStatus::kPending || group.seen->status == GroupStatus::kRunning;
}

// A spec that never changed is what the group was made from, whatever the cloud calls its images.
bool ImagesDiffer(const PodRecord& record) {
  return record.desired.pod->generation > 1 &&
         record.desired.pod->image_hash != translate::HashOfImages(*record.group.seen);
}

std::vector<translate::ImageChange> ImageChangesOf(const PodRecord& record) {
  ScratchPods scratch;
  const auto* const pod = scratch.Parse(record.desired.pod->bytes);
  return pod == nullptr ? std::vector<translate::ImageChange>()
                        : translate::FindImageChanges(*pod, *record.group.seen);
}

std::optional<TimePoint> Earlier(std::optional<TimePoint> a, TimePoint b) {
  return a ? std::min(*a, b) : b;
}

}  // namespace

GroupUpdates::GroupUpdates(translate::NodeFacts node, Parts parts, std::function<bool()> may_act,
                           base::Random random)
    : node_(std::move(node)),
      parts_(parts),
      queries_(node_.identity, kCallLimit, parts.cloud, parts.clock),
      may_act_(std::move(may_act)),
      random_(random),
      updated_(parts.metrics.GetCounter("virtual_node_groups_updated_total",
                                        "Accepted updates of container groups.")),
      errors_(parts.metrics.GetCounter("virtual_node_group_update_errors_total",
                                       "Failed updates of container groups.")) {}

bool GroupUpdates::Concerns(const PodRecord& record) const {
  return Lives(record) && (ImagesDiffer(record) || states_.contains(record.desired.pod->uid) ||
                           !InBackOff(*record.group.seen).empty());
}

boost::asio::awaitable<std::optional<TimePoint>> GroupUpdates::Step(
    std::string uid, std::optional<TimePoint> wake_at) {
  PodRecord* record = parts_.pods.Find(uid);
  if (record == nullptr || !Concerns(*record)) {
    states_.erase(uid);
    co_return wake_at;
  }
  PrepareImages(*record, states_[uid]);
  if (!TakesUpdates(record->group) || !may_act_()) co_return wake_at;
  if (states_[uid].images) {
    if (parts_.clock.Now() >= states_[uid].images->next_try) co_await SendImages(uid);
  } else if (!InBackOff(*record->group.seen).empty()) {
    co_await CompareInputs(uid);
  } else {
    states_[uid].inputs.reset();
  }
  const auto state = states_.find(uid);
  if (state == states_.end()) co_return wake_at;
  const auto& [images, inputs] = state->second;
  if (images && !images->given_up) wake_at = Earlier(wake_at, images->next_try);
  if (!images && inputs) wake_at = Earlier(wake_at, inputs->next_read);
  if (!images && !inputs) states_.erase(state);
  co_return wake_at;
}

void GroupUpdates::PrepareImages(const PodRecord& record, UpdateState& state) {
  const PodSnapshot& pod = *record.desired.pod;
  const std::string& group_id = record.group.id;
  const auto changes =
      ImagesDiffer(record) ? ImageChangesOf(record) : std::vector<translate::ImageChange>();
  if (changes.empty()) {
    state.images.reset();
    return;
  }
  const bool same =
      state.images && state.images->target == pod.image_hash && state.images->group_id == group_id;
  if (same) return;
  ImageUpdate& update = state.images.emplace();
  update.target = pod.image_hash;
  update.group_id = group_id;
  update.first_sent = update.next_try = parts_.clock.Now();
  UpdateContainerGroupRequest request;
  request.set_container_group_id(group_id);
  request.set_update_type("IncrementalUpdate");
  // The generation tells a change from an equal one before the last.
  std::string change = fmt::format("images of generation {}", pod.generation);
  for (const translate::ImageChange& image : changes) {
    auto& container = *request.add_container();
    container.set_name(image.container);
    container.set_image(image.to);
    change += fmt::format("\n{}={}", image.container, image.to);
    update.what += fmt::format("{}{}: image {} instead of {}", update.what.empty() ? "" : ", ",
                               image.container, image.to, image.from);
  }
  request.set_client_token(ClientToken(node_.identity, group_id, change));
  update.request = std::make_shared<const UpdateContainerGroupRequest>(std::move(request));
}

boost::asio::awaitable<void> GroupUpdates::SendImages(std::string uid) {
  ImageUpdate& update = *states_[uid].images;
  const std::string group_id = update.group_id;
  const std::uint64_t target = update.target;
  if (update.accepted && parts_.clock.Now() >= update.first_sent + kPatience) {
    update.given_up = true;
    update.next_try = TimePoint::max();
    parts_.events.OnPod(*parts_.pods.Find(uid)->desired.pod, true, "ContainerGroupNotUpdated",
                        "The cloud accepted the change (" + update.what +
                            "), but the group has not shown it for ten minutes");
    co_return;
  }
  const base::Status sent = co_await Send(*update.request);
  const PodRecord* const record = parts_.pods.Find(uid);
  const auto state = states_.find(uid);
  const bool same = record != nullptr && state != states_.end() && state->second.images &&
                    state->second.images->target == target &&
                    state->second.images->group_id == group_id;
  if (!same) co_return;
  ImageUpdate& now = *state->second.images;
  // The cloud has had this token with the containers that did not show the change at that time.
  const bool known = !sent && sent.error().cloud_code == "IdempotentParameterMismatch";
  if (!sent && !known) {
    ImagesFailed(*record->desired.pod, now, sent.error());
    co_return;
  }
  if (!std::exchange(now.accepted, true)) {
    now.failures = 0;
    parts_.events.OnPod(*record->desired.pod, false, "UpdatedContainerGroup",
                        "Updated container group " + group_id + ", " + now.what);
  }
  ++now.failures;
  now.next_try = parts_.clock.Now() + std::max<std::chrono::milliseconds>(
                                          kShowsWithin, kBackoff.Delay(now.failures, random_));
  parts_.poller.Hurry();
}

void GroupUpdates::ImagesFailed(const PodSnapshot& pod, ImageUpdate& update,
                                const base::Error& error) {
  ++update.failures;
  update.next_try = parts_.clock.Now() + kBackoff.Delay(update.failures, random_);
  const bool passing =
      eci::MayHaveHappened(error) || error.code == ErrorCode::kConflict || base::WasNotSent(error);
  if (!passing || update.failures > kConflictsUntold) TellRefusal(pod, error, &update.told);
}

// At each new life, and then ever more seldom: the next life begins when the back-off is over.
bool GroupUpdates::ReadDue(const PodRecord& record, InputWatch& watch) const {
  const TimePoint now = parts_.clock.Now();
  const int restarts = RestartsOf(*record.group.seen);
  if (std::exchange(watch.restarts, restarts) != restarts) {
    watch.reads = 0;
  } else if (now < watch.next_read) {
    return false;
  }
  watch.next_read =
      now + std::min(kLaterReads, kFirstReads * (1 << std::min(watch.reads++, kMostDoublings)));
  return true;
}

// What the group would be made of now, without its tokens; nothing when that cannot be told.
boost::asio::awaitable<std::optional<eci::v1::CreateContainerGroupRequest>> GroupUpdates::PlanAnew(
    std::shared_ptr<const PodSnapshot> pod, translate::PodReferences references) {
  const auto tokens = std::exchange(references.tokens, {});
  auto fetched = co_await parts_.inputs.Fetch(pod, std::move(references), parts_.clock.Now());
  if (!fetched) co_return std::nullopt;
  for (const auto& token : tokens) fetched->inputs.tokens[token] = translate::kTokenStandIn;
  auto planned = PlanGroup(*pod, fetched->inputs, node_);
  if (auto* const plan = std::get_if<translate::GroupPlan>(&planned))
    co_return std::move(plan->request);
  co_return std::nullopt;
}

boost::asio::awaitable<void> GroupUpdates::CompareInputs(std::string uid) {
  const PodRecord* record = parts_.pods.Find(uid);
  std::optional<InputWatch>& watch = states_[uid].inputs;
  if (!watch) watch.emplace();
  if (!ReadDue(*record, *watch)) co_return;
  const std::shared_ptr<const PodSnapshot> pod = record->desired.pod;
  const std::string group_id = record->group.id;
  translate::PodReferences references = ReferencesOf(*pod);
  if (references.objects.empty()) {
    watch->next_read = TimePoint::max();
    co_return;
  }
  const auto planned = co_await PlanAnew(pod, std::move(references));
  record = Changeable(uid, group_id);
  if (!planned || record == nullptr) co_return;
  const std::set<std::string> waiting = InBackOff(*record->group.seen);
  const std::uint64_t hash = std::hash<std::string>()(
      fmt::format("{}\n{}", fmt::join(waiting, ","), planned->SerializeAsString()));
  if (states_[uid].inputs->compared == hash) co_return;
  const auto described = co_await queries_.Show(group_id);
  record = Changeable(uid, group_id);
  const bool same = record != nullptr && record->desired.pod->input_hash == pod->input_hash &&
                    InBackOff(*record->group.seen) == waiting;
  if (!described || !same) co_return;
  if (auto change = translate::FindInputChange(*planned, *described, waiting)) {
    co_await SendInputs(uid, hash, std::move(*change));
  } else {
    states_[uid].inputs->compared = hash;
  }
}

boost::asio::awaitable<void> GroupUpdates::SendInputs(std::string uid, std::uint64_t planned,
                                                      UpdateContainerGroupRequest request) {
  const std::string group_id = request.container_group_id();
  std::string names;
  for (const auto& container : request.container())
    names += (names.empty() ? "" : ", ") + container.name();
  // The same in each repetition while the containers wait; the next life may need the same again.
  const int restarts = states_[uid].inputs->restarts;
  request.set_client_token(ClientToken(
      node_.identity, group_id,
      fmt::format("inputs after {} restarts\n{}", restarts, request.SerializeAsString())));
  const base::Status sent = co_await Send(std::move(request));
  const PodRecord* const record = parts_.pods.Find(uid);
  const auto state = states_.find(uid);
  if (record == nullptr || state == states_.end() || !state->second.inputs) co_return;
  if (!sent) {
    const bool passing = eci::MayHaveHappened(sent.error()) || base::WasNotSent(sent.error());
    if (!passing) TellRefusal(*record->desired.pod, sent.error(), &state->second.inputs->told);
    co_return;
  }
  state->second.inputs->compared = planned;
  parts_.events.OnPod(*record->desired.pod, false, "UpdatedContainerGroup",
                      "Updated container group " + group_id +
                          ": what ConfigMaps and Secrets give to the crashing container " + names +
                          " has changed");
  parts_.poller.Hurry();
}

boost::asio::awaitable<base::Status> GroupUpdates::Send(UpdateContainerGroupRequest request) {
  const std::string group_id = request.container_group_id();
  const auto reply = co_await parts_.cloud.UpdateContainerGroup(
      std::move(request), {.deadline = parts_.clock.Now() + kCallLimit, .permit = &parts_.permit});
  if (reply) {
    updated_.Add();
    parts_.log.Info("updated container group",
                    {{"group", group_id}, {"request_id", reply->request_id()}});
    co_return base::Status();
  }
  const base::Error& error = reply.error();
  if (error.code != ErrorCode::kCancelled && !base::WasNotSent(error)) {
    errors_.Add();
    parts_.log.Warn("cannot update container group", {{"group", group_id},
                                                      {"error", error.message},
                                                      {"code", error.cloud_code},
                                                      {"request_id", error.request_id}});
  }
  co_return std::unexpected(error);
}

// Once for each reason: it is tried again for as long as the change is wanted.
void GroupUpdates::TellRefusal(const PodSnapshot& pod, const base::Error& error,
                               std::string* told) {
  if (std::exchange(*told, error.cloud_code + ".") == error.cloud_code + ".") return;
  parts_.events.OnPod(pod, true, "FailedUpdateContainerGroup",
                      "The change is not in the container group yet: " + error.message);
}

PodRecord* GroupUpdates::Changeable(const std::string& uid, const std::string& group_id) {
  PodRecord* const record = parts_.pods.Find(uid);
  const bool changeable = record != nullptr && Lives(*record) && record->group.id == group_id &&
                          TakesUpdates(record->group) && may_act_();
  return changeable && states_.contains(uid) && states_[uid].inputs ? record : nullptr;
}

}  // namespace vk::agent
