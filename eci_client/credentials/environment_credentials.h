#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/result.h"
#include "eci_client/credentials/credentials.h"

namespace vk::eci {

// Environment variables as they were when the program started; its main reads them.
using Environment = std::map<std::string, std::string, std::less<>>;

// Credentials from the variables of the ack-virtual-node chart (ECI_ACCESS_KEY, ECI_SECRET_KEY,
// ECI_SECURITY_TOKEN), else from those of the official SDKs (ALIBABA_CLOUD_ACCESS_KEY_ID,
// ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN). An empty variable counts as
// absent.
// Errors: kUnauthenticated naming the missing variable; a half-set pair is an error, never passed
// over in favour of the next.
base::Result<Credentials> CredentialsFromEnvironment(const Environment& environment);

}  // namespace vk::eci
