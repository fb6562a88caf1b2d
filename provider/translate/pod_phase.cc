#include "provider/translate/pod_phase.h"

#include <algorithm>

#include "provider/translate/sidecars.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

struct InitCount {
  int pending = 0;
  int failed_for_good = 0;
};

struct SidecarCount {
  int never_started = 0;
  int running = 0;
};

struct AppCount {
  int waiting = 0;
  int running = 0;
  int stopped = 0;
  int succeeded = 0;
  int stopped_for_good = 0;
};

// How the last run ended, of a container that is not running; null when it never ran.
const core::ContainerStateTerminated* LastEnd(const core::ContainerStatus& status) {
  if (status.state().has_terminated()) return &status.state().terminated();
  if (status.laststate().has_terminated()) return &status.laststate().terminated();
  return nullptr;
}

InitCount CountInit(const core::PodSpec& spec, const core::PodStatus& status) {
  InitCount count;
  for (const core::Container& init : spec.initcontainers()) {
    if (IsSidecar(init)) continue;
    const auto* init_status = FindStatus(status.initcontainerstatuses(), init.name());
    const auto* end = init_status == nullptr ? nullptr : LastEnd(*init_status);
    if (end == nullptr || init_status->state().has_running()) {
      ++count.pending;
    } else if (end->exitcode() != 0) {
      if (!RestartsAfter(spec, end->exitcode())) ++count.failed_for_good;
    }
  }
  return count;
}

// How sidecars end plays no part.
SidecarCount CountSidecar(const core::PodSpec& spec, const core::PodStatus& status) {
  SidecarCount count;
  for (const core::Container& init : spec.initcontainers()) {
    if (!IsSidecar(init)) continue;
    const auto* sidecar = FindStatus(status.initcontainerstatuses(), init.name());
    if (sidecar != nullptr && sidecar->state().has_running()) {
      ++count.running;
    } else if (sidecar == nullptr || LastEnd(*sidecar) == nullptr) {
      ++count.never_started;
    }
  }
  return count;
}

AppCount CountApp(const core::PodSpec& spec, const core::PodStatus& status) {
  AppCount count;
  for (const core::Container& container : spec.containers()) {
    const auto* app = FindStatus(status.containerstatuses(), container.name());
    if (app != nullptr && app->state().has_running()) {
      ++count.running;
      continue;
    }
    const auto* end = app == nullptr ? nullptr : LastEnd(*app);
    if (end == nullptr) {
      ++count.waiting;
      continue;
    }
    ++count.stopped;
    if (app->state().has_terminated() && end->exitcode() == 0) ++count.succeeded;
    if (!RestartsAfter(spec, end->exitcode())) ++count.stopped_for_good;
  }
  return count;
}

}  // namespace

bool RestartsAfter(const core::PodSpec& spec, std::int32_t exit_code) {
  if (spec.restartpolicy() == "Never") return false;
  return spec.restartpolicy() != "OnFailure" || exit_code != 0;
}

std::string PhaseOf(const core::PodSpec& spec, const core::PodStatus& status, bool stopping) {
  const InitCount init = CountInit(spec, status);
  if (init.failed_for_good > 0) return "Failed";
  const AppCount app = CountApp(spec, status);
  const SidecarCount sidecar = CountSidecar(spec, status);
  const bool initialized = app.running + app.stopped > 0;
  if (init.pending > 0 || app.waiting > 0) return "Pending";
  if (sidecar.never_started > 0 && !initialized) return "Pending";
  if (app.running > 0) return "Running";
  if (app.stopped == 0) return "Pending";
  if (sidecar.running > 0) return "Running";
  if (!stopping && app.stopped_for_good != app.stopped) return "Running";
  return app.succeeded == app.stopped ? "Succeeded" : "Failed";
}

const core::ContainerStatus* FindStatus(
    const google::protobuf::RepeatedPtrField<core::ContainerStatus>& statuses,
    const std::string& name) {
  const auto found =
      std::ranges::find(statuses, name, [](const auto& status) { return status.name(); });
  return found == statuses.end() ? nullptr : &*found;
}

}  // namespace vk::translate
