#pragma once

#include <cstdint>
#include <string>

#include "provider/translate/planning.h"

namespace vk::translate {

// Probes and lifecycle hooks, with ports given by name resolved. The cloud has no startup probe: it
// is sent as readiness probe where there is none, and the liveness probe begins when a kubelet
// would have given up waiting for the start. `path` is the container's.
Planned<void> WriteProbes(const core::Container& container, const std::string& path,
                          eci::v1::Container* out);
// How long a kubelet waits for a container with this startup probe to start before it restarts it,
// in seconds.
std::int32_t StartupSeconds(const core::Probe& startup);

Planned<void> WriteLifecycle(const core::Container& container, const std::string& path,
                             eci::v1::Container* out);

}  // namespace vk::translate
