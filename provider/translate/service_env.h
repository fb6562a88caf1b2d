#pragma once

#include <string>
#include <utility>
#include <vector>

#include "provider/translate/planning.h"

namespace vk::translate {

// The variables that tell a pod about services, as the kubelet makes them: always of
// default/kubernetes, which come first, and with spec.enableServiceLinks (the default) those of the
// pod's namespace; headless services have none. `--pod-apiserver` replaces address and port in the
// values of default/kubernetes; the names keep the service's port. Source: pkg/kubelet/envvars.
std::vector<std::pair<std::string, std::string>> ServiceVariables(const Translation& translation);

}  // namespace vk::translate
