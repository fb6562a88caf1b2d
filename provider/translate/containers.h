#pragma once

#include <string>

#include "provider/translate/planning.h"

namespace vk::translate {

// A container as the cloud takes it. Arguments stay arguments: a command would replace the image's
// entry point. `path` is the container's, such as "spec.containers[0]".
Planned<eci::v1::Container> MakeContainer(const core::Container& container, const std::string& path,
                                          const Translation& translation);
// A sidecar, which for the cloud is a container with variables that say what it is. `index`: its
// place among the pod's init containers.
Planned<eci::v1::Container> MakeSidecar(int index, const Translation& translation);
Planned<eci::v1::InitContainer> MakeInitContainer(const core::Container& container,
                                                  const std::string& path,
                                                  const Translation& translation);

}  // namespace vk::translate
