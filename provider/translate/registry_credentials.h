#pragma once

#include "provider/translate/planning.h"

namespace vk::translate {

// The pod's pull secrets as the cloud takes them, in the secrets' order, a server's first
// credential winning. A secret that is missing or unreadable is left out with a notice, since the
// image may need none. Source: pkg/credentialprovider.
void WriteRegistryCredentials(const Translation& translation,
                              eci::v1::CreateContainerGroupRequest* request);

}  // namespace vk::translate
