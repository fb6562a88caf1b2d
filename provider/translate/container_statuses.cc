#include "provider/translate/container_statuses.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "provider/translate/pod_phase.h"
#include "provider/translate/sidecars.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;
using Statuses = google::protobuf::RepeatedPtrField<core::ContainerStatus>;

constexpr std::size_t kLongestMessage =
    4096;  // Where the kubelet cuts the message of a termination.
constexpr char kCreating[] = "ContainerCreating";
constexpr char kCompleted[] = "Completed";  // The reason of an end with exit code 0.

enum class Role { kApp, kInit, kSidecar };

// What is the same for all containers of one pod.
struct Context {
  const core::PodSpec& spec;
  const std::string& group_id;
  Seconds began;  // No container started earlier: the group's creation, else the pod's start.
  Seconds now;
  bool updating = false;  // The cloud ends containers to start them anew.
};

// Empty where nobody told of a group.
std::string ContainerId(const Context& context, const std::string& container, int run) {
  if (context.group_id.empty()) return {};
  return fmt::format("eci://{}/{}/{}", context.group_id, container, run);
}

// Cuts at a character's start, so that the text stays UTF-8.
std::string CutMessage(const std::string& message) {
  std::size_t end = std::min(message.size(), kLongestMessage);
  while (end < message.size() && end > 0 &&
         (static_cast<unsigned char>(message[end]) & 0xc0) == 0x80) {
    --end;
  }
  return message.substr(0, end);
}

const char* DefaultWaitingReason(const core::PodSpec& spec) {
  return spec.initcontainers().empty() ? kCreating : "PodInitializing";
}

core::ContainerStateTerminated Terminated(const ContainerState& state, std::string id,
                                          const Context& context) {
  core::ContainerStateTerminated terminated;
  terminated.set_exitcode(state.exit_code);
  if (state.signal != 0) terminated.set_signal(state.signal);
  terminated.set_reason(!state.reason.empty()  ? state.reason
                        : state.exit_code == 0 ? kCompleted
                                               : "Error");
  if (!state.message.empty()) terminated.set_message(CutMessage(state.message));
  const Seconds finished = state.finished_at != 0 ? state.finished_at : context.now;
  terminated.mutable_startedat()->set_seconds(
      state.started_at != 0 ? state.started_at : std::min(context.began, finished));
  terminated.mutable_finishedat()->set_seconds(finished);
  if (!id.empty()) terminated.set_containerid(std::move(id));
  return terminated;
}

core::ContainerStatus Waiting(const core::Container& container, const Context& context) {
  core::ContainerStatus status;
  status.set_name(container.name());
  status.set_image(container.image());
  status.set_imageid("");
  status.set_ready(false);
  status.set_started(false);
  status.set_restartcount(0);
  status.mutable_state()->mutable_waiting()->set_reason(DefaultWaitingReason(context.spec));
  return status;
}

bool HasRun(const core::ContainerStatus* status) {
  return status != nullptr && (status->state().has_running() || status->state().has_terminated() ||
                               status->laststate().has_terminated());
}

// Whether what is known beats what was observed: an end that the policy makes final, or news of an
// earlier run than the known one.
bool IsStale(const core::ContainerStatus& known, const ContainerObservation& observed,
             const core::PodSpec& spec, Role role) {
  if (known.restartcount() > observed.restart_count) return true;
  // An update starts a container anew whatever the policy, as with the kubelet.
  if (known.restartcount() < observed.restart_count && role == Role::kApp) return false;
  if (!known.state().has_terminated()) return false;
  if (observed.current.phase == ContainerPhase::kTerminated) return false;
  const std::int32_t exit_code = known.state().terminated().exitcode();
  if (role == Role::kInit && exit_code == 0) return true;
  return role != Role::kSidecar && !RestartsAfter(spec, exit_code);
}

// A start or end that the cloud gave no time for keeps the time it got first.
void KeepTimes(const ContainerObservation& observed, const core::ContainerStatus* known,
               core::ContainerStatus* status) {
  if (known == nullptr || known->restartcount() != observed.restart_count) return;
  const core::ContainerState& was = known->state();
  core::ContainerState& state = *status->mutable_state();
  const bool start_unknown = observed.current.started_at == 0;
  if (state.has_running() && start_unknown && was.running().has_startedat()) {
    *state.mutable_running()->mutable_startedat() = was.running().startedat();
  }
  if (!state.has_terminated()) return;
  if (start_unknown && was.running().has_startedat()) {
    *state.mutable_terminated()->mutable_startedat() = was.running().startedat();
  } else if (start_unknown && was.terminated().has_startedat()) {
    *state.mutable_terminated()->mutable_startedat() = was.terminated().startedat();
  }
  if (observed.current.finished_at == 0 && was.terminated().has_finishedat()) {
    *state.mutable_terminated()->mutable_finishedat() = was.terminated().finishedat();
  }
}

void WriteState(const ContainerObservation& observed, const Context& context,
                core::ContainerStatus* status) {
  const std::string id = ContainerId(context, observed.name, observed.restart_count);
  const ContainerState& current = observed.current;
  if (current.phase == ContainerPhase::kTerminated) {
    *status->mutable_state()->mutable_terminated() = Terminated(current, id, context);
  } else if (current.phase == ContainerPhase::kRunning) {
    status->mutable_state()->mutable_running()->mutable_startedat()->set_seconds(
        current.started_at != 0 ? current.started_at : context.now);
  } else {
    auto& waiting = *status->mutable_state()->mutable_waiting();
    waiting.set_reason(current.reason.empty() ? DefaultWaitingReason(context.spec)
                                              : current.reason);
    if (!current.message.empty()) waiting.set_message(current.message);
  }
  if (current.phase != ContainerPhase::kWaiting || observed.previous) status->set_containerid(id);
  if (observed.previous && observed.previous->phase == ContainerPhase::kTerminated) {
    // While a container waits for its restart, its last run still has the current count.
    const int run = current.phase == ContainerPhase::kWaiting
                        ? observed.restart_count
                        : std::max(0, observed.restart_count - 1);
    *status->mutable_laststate()->mutable_terminated() =
        Terminated(*observed.previous, ContainerId(context, observed.name, run), context);
  }
}

// A startup probe that succeeded counts until the container is restarted.
bool HadStarted(const core::ContainerStatus* known, const ContainerObservation& observed) {
  return known != nullptr && known->started() && known->state().has_running() &&
         known->restartcount() == observed.restart_count;
}

// A container that waits for its restart may be shown without its last run. What is known of that
// stays, as with the kubelet: without it the pod would be Pending again.
void KeepLastEnd(const core::ContainerStatus* known, const Context& context,
                 core::ContainerStatus* status) {
  if (known == nullptr || !status->state().has_waiting() || status->has_laststate()) return;
  if (known->state().has_terminated()) {
    *status->mutable_laststate()->mutable_terminated() = known->state().terminated();
  } else if (known->state().has_running()) {
    auto& unknown = *status->mutable_laststate()->mutable_terminated();
    unknown.set_exitcode(137);
    unknown.set_reason("ContainerStatusUnknown");
    unknown.set_message("The container ended, and nobody told how");
    *unknown.mutable_startedat() = known->state().running().startedat();
    unknown.mutable_finishedat()->set_seconds(context.now);
    if (known->has_containerid()) unknown.set_containerid(known->containerid());
  } else if (known->laststate().has_terminated()) {
    *status->mutable_laststate() = known->laststate();
  } else {
    return;
  }
  if (!status->has_containerid()) status->set_containerid(known->containerid());
}

// What ends in an update starts anew: shown as ended it could never be shown as running again,
// where the policy makes ends final.
std::optional<ContainerObservation> BetweenLives(const ContainerObservation& observed,
                                                 const core::ContainerStatus* known) {
  if (observed.current.phase != ContainerPhase::kTerminated) return std::nullopt;
  const bool ended_before = known != nullptr && known->state().has_terminated() &&
                            known->restartcount() == observed.restart_count;
  if (ended_before) return std::nullopt;
  ContainerObservation between = observed;
  between.previous = observed.current;
  between.current = {.phase = ContainerPhase::kWaiting, .reason = kCreating};
  between.ready = false;
  return between;
}

core::ContainerStatus Translate(const core::Container& container,
                                const ContainerObservation* observed,
                                const core::ContainerStatus* known, const Context& context,
                                Role role) {
  if (observed == nullptr) return HasRun(known) ? *known : Waiting(container, context);
  std::optional<ContainerObservation> between;
  if (context.updating && role != Role::kInit) between = BetweenLives(*observed, known);
  if (between) observed = &*between;
  if (known != nullptr && IsStale(*known, *observed, context.spec, role)) return *known;

  core::ContainerStatus status;
  status.set_name(container.name());
  status.set_image(observed->image.empty() ? container.image() : observed->image);
  status.set_imageid(observed->image_id);
  if (status.imageid().empty() && known != nullptr) status.set_imageid(known->imageid());
  if (status.imageid().empty() && observed->current.phase != ContainerPhase::kWaiting)
    status.set_imageid(status.image());
  status.set_restartcount(observed->restart_count);
  WriteState(*observed, context, &status);
  KeepTimes(*observed, known, &status);
  KeepLastEnd(known, context, &status);
  const bool running = status.state().has_running();
  const bool done = status.state().has_terminated() && status.state().terminated().exitcode() == 0;
  status.set_started(running && (!container.has_startupprobe() || observed->ready ||
                                 HadStarted(known, *observed)));
  status.set_ready(role == Role::kInit ? done : running && observed->ready);
  return status;
}

const ContainerObservation* Find(const std::vector<ContainerObservation>& observed,
                                 const std::string& name) {
  const auto found = std::ranges::find(observed, name, &ContainerObservation::name);
  return found == observed.end() ? nullptr : &*found;
}

// For the cloud a sidecar is one of the group's containers.
Statuses TranslateInits(const GroupObservation& observed, const Statuses& known,
                        const Context& context) {
  static const std::vector<ContainerObservation> kUntold;
  Statuses statuses;
  for (const core::Container& init : context.spec.initcontainers()) {
    const bool sidecar = IsSidecar(init);
    const auto& list = sidecar                    ? observed.containers
                       : observed.init_containers ? *observed.init_containers
                                                  : kUntold;
    *statuses.Add() = Translate(init, Find(list, init.name()), FindStatus(known, init.name()),
                                context, sidecar ? Role::kSidecar : Role::kInit);
  }
  return statuses;
}

Statuses TranslateApps(const GroupObservation& observed, const Statuses& known,
                       const Context& context) {
  Statuses statuses;
  for (const core::Container& app : context.spec.containers()) {
    *statuses.Add() = Translate(app, Find(observed.containers, app.name()),
                                FindStatus(known, app.name()), context, Role::kApp);
  }
  return statuses;
}

// When the first container started, as far as is known.
Seconds FirstStart(const Statuses& apps, Seconds now) {
  Seconds first = now;
  for (const core::ContainerStatus& app : apps) {
    for (const auto* start :
         {&app.state().running().startedat(), &app.state().terminated().startedat(),
          &app.laststate().terminated().startedat()}) {
      if (start->seconds() != 0) first = std::min<Seconds>(first, start->seconds());
    }
  }
  return first;
}

void CompleteInitContainers(const Context& context, Seconds end, Statuses* inits) {
  for (int i = 0; i < inits->size(); ++i) {
    core::ContainerStatus& init = (*inits)[i];
    if (init.state().has_terminated() || IsSidecar(context.spec.initcontainers(i))) continue;
    const std::string id = ContainerId(context, init.name(), init.restartcount());
    ContainerState completed{.phase = ContainerPhase::kTerminated,
                             .reason = kCompleted,
                             .started_at = init.state().running().startedat().seconds(),
                             .finished_at = end};
    *init.mutable_state()->mutable_terminated() = Terminated(completed, id, context);
    if (init.imageid().empty()) init.set_imageid(init.image());
    init.mutable_state()->clear_running();
    init.mutable_state()->clear_waiting();
    if (!id.empty()) init.set_containerid(id);
    init.set_ready(true);
    init.set_started(false);
  }
}

// `kubectl debug` shows the message of a container that waits.
void TellOfEphemeral(const core::PodSpec& spec, core::PodStatus* status) {
  status->clear_ephemeralcontainerstatuses();
  for (const core::EphemeralContainer& ephemeral : spec.ephemeralcontainers()) {
    core::ContainerStatus& told = *status->add_ephemeralcontainerstatuses();
    told.set_name(ephemeral.ephemeralcontainercommon().name());
    told.set_image(ephemeral.ephemeralcontainercommon().image());
    told.set_imageid("");
    told.set_ready(false);
    told.set_started(false);
    told.set_restartcount(0);
    auto& waiting = *told.mutable_state()->mutable_waiting();
    waiting.set_reason("EphemeralContainersNotSupported");
    waiting.set_message(
        "This container is never started: the cloud adds no containers to a container group that "
        "exists. Use kubectl exec, or kubectl debug with --copy-to");
  }
}

void End(const Ending& ending, core::ContainerStatus* status) {
  if (status->state().has_terminated()) return;
  if (status->laststate().has_terminated()) {
    core::ContainerState last = status->laststate();
    *status->mutable_state() = std::move(last);
    status->clear_laststate();
  } else {
    core::ContainerStateTerminated terminated;
    terminated.set_exitcode(ending.exit_code);
    terminated.set_reason(ending.reason);
    if (!ending.message.empty()) terminated.set_message(ending.message);
    if (status->state().running().has_startedat()) {
      *terminated.mutable_startedat() = status->state().running().startedat();
    }
    terminated.mutable_finishedat()->set_seconds(ending.now);
    if (status->has_containerid()) terminated.set_containerid(status->containerid());
    status->clear_state();
    *status->mutable_state()->mutable_terminated() = std::move(terminated);
  }
  status->set_ready(false);
  status->set_started(false);
}

}  // namespace

void WriteContainerStatuses(const core::Pod& pod, const GroupObservation& observed, Seconds now,
                            core::PodStatus* status) {
  const Seconds began =
      observed.created_at != 0 ? observed.created_at : status->starttime().seconds();
  const Context context{pod.spec(), observed.group_id, began, now,
                        observed.status == GroupStatus::kUpdating};
  Statuses inits = TranslateInits(observed, pod.status().initcontainerstatuses(), context);
  Statuses apps = TranslateApps(observed, pod.status().containerstatuses(), context);
  const bool started =
      std::ranges::any_of(apps, [](const core::ContainerStatus& app) { return HasRun(&app); });
  if (started) CompleteInitContainers(context, FirstStart(apps, now), &inits);
  std::ranges::sort(apps, {}, [](const core::ContainerStatus& app) { return app.name(); });
  TellOfEphemeral(pod.spec(), status);
  *status->mutable_initcontainerstatuses() = std::move(inits);
  *status->mutable_containerstatuses() = std::move(apps);
}

void EndContainers(const Ending& ending, core::PodStatus* status) {
  for (auto* list :
       {status->mutable_initcontainerstatuses(), status->mutable_containerstatuses()}) {
    for (core::ContainerStatus& container : *list) End(ending, &container);
  }
}

}  // namespace vk::translate
