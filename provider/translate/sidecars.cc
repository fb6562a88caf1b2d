#include "provider/translate/sidecars.h"

#include <algorithm>

#include "provider/translate/pod_phase.h"

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

}  // namespace

bool IsSidecar(const core::Container& init) { return init.restartpolicy() == "Always"; }

bool HasSidecars(const core::PodSpec& spec) {
  return std::ranges::any_of(spec.initcontainers(), IsSidecar);
}

bool HasOrdinaryInitContainers(const core::PodSpec& spec) {
  return !std::ranges::all_of(spec.initcontainers(), IsSidecar);
}

std::vector<std::pair<std::string, std::string>> SidecarControls(const core::PodSpec& spec,
                                                                 int index) {
  const auto from_here = spec.initcontainers().begin() + index;
  const auto place = std::count_if(from_here, spec.initcontainers().end(), IsSidecar);
  return {{"ECI_CONTAINER_TYPE", "sidecar"},
          {"ECI_CONTAINER_IGNORE_EXIT_CODE", "true"},
          {"ECI_CONTAINER_LAUNCH_PRIORITY", std::to_string(place)},
          {"ECI_CONTAINER_EXIT_PRIORITY", std::to_string(-place)}};
}

std::vector<MisplacedInit> FindMisplacedInit(const core::PodSpec& spec) {
  std::vector<MisplacedInit> misplaced;
  std::string sidecar;
  for (int i = 0; i < spec.initcontainers_size(); ++i) {
    const core::Container& init = spec.initcontainers(i);
    if (IsSidecar(init)) {
      sidecar = init.name();
    } else if (!sidecar.empty()) {
      misplaced.push_back({sidecar, init.name(), i});
    }
  }
  return misplaced;
}

bool OnlySidecarsRemain(const core::PodSpec& spec, const GroupObservation& observed) {
  if (!HasSidecars(spec)) return false;
  return std::ranges::all_of(spec.containers(), [&](const core::Container& app) {
    const auto seen =
        std::ranges::find(observed.containers, app.name(), &ContainerObservation::name);
    return seen != observed.containers.end() &&
           seen->current.phase == ContainerPhase::kTerminated &&
           !RestartsAfter(spec, seen->current.exit_code);
  });
}

}  // namespace vk::translate
