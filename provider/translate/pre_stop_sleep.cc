#include "provider/translate/pre_stop_sleep.h"

#include <algorithm>

namespace vk::translate {
namespace {

namespace core = k8s::io::api::core::v1;

constexpr std::int64_t kDefaultGrace = 30;
constexpr std::int64_t kLeastGrace = 2;

std::int64_t PodGrace(const core::PodSpec& spec) {
  return spec.has_terminationgraceperiodseconds()
             ? std::max<std::int64_t>(0, spec.terminationgraceperiodseconds())
             : kDefaultGrace;
}

}  // namespace

std::int64_t PreStopSleep(const core::PodSpec& spec) {
  std::int64_t longest = 0;
  for (const auto* list : {&spec.initcontainers(), &spec.containers()}) {
    for (const core::Container& container : *list) {
      longest = std::max(longest, container.lifecycle().prestop().sleep().seconds());
    }
  }
  return std::min(longest, PodGrace(spec));
}

std::int64_t GroupGrace(const core::PodSpec& spec) {
  const std::int64_t grace = PodGrace(spec);
  return std::min(grace, std::max(kLeastGrace, grace - PreStopSleep(spec)));
}

}  // namespace vk::translate
