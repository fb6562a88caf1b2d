#pragma once

#include <optional>
#include <vector>

#include "provider/translate/planning.h"

namespace vk::translate {

// The credentials in a pull secret, sorted by the registry's name there; nothing when the secret
// holds none that can be read.
std::optional<std::vector<eci::v1::ImageRegistryCredential>> ReadRegistryCredentials(
    const core::Secret& secret);

// The pod's pull secrets as the cloud takes them, in the secrets' order, a server's first
// credential winning. A secret that is missing or unreadable is left out with a notice, since the
// image may need none. Source: pkg/credentialprovider.
void WriteRegistryCredentials(const Translation& translation,
                              eci::v1::CreateContainerGroupRequest* request);

}  // namespace vk::translate
