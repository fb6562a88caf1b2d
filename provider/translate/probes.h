#pragma once

#include <string>

#include "provider/translate/planning.h"

namespace vk::translate {

// Liveness and readiness probes and lifecycle hooks, with ports given by name resolved. `path` is
// the container's.
Planned<void> WriteProbes(const core::Container& container, const std::string& path,
                          eci::v1::Container* out);
Planned<void> WriteLifecycle(const core::Container& container, const std::string& path,
                             eci::v1::Container* out);

}  // namespace vk::translate
