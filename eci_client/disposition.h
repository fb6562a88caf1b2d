#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace vk::eci {

// What to do about a failed call, beyond what its error code says.
enum class Disposition : std::uint8_t {
  kRetry,      // The same call may succeed soon, without anybody's help.
  kElsewhere,  // Another zone, vSwitch or size may succeed now; this one later, perhaps.
  kStop,       // Nothing but a change (of request, rights, account, quota) makes it succeed.
};

// By the cloud's code when the error table knows it, else by error.code.
Disposition DispositionOf(const base::Error& error);

// Whether the call may have had its effect although it failed: only errors for which this is false
// are definite refusals, after which the same thing may be made under another ClientToken.
bool MayHaveHappened(base::ErrorCode code);

// The same for a whole call: a refusal settles nothing when an earlier try of it was left open.
bool MayHaveHappened(const base::Error& error);

// What the user can do, such as "choose another zone or size"; lower case, no full stop. Empty when
// there is nothing but waiting. Errors from the channel carry it in their message already.
std::string_view RemedyFor(const base::Error& error);

}  // namespace vk::eci
