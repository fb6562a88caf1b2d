#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "eci_client/disposition.h"

namespace vk::eci {

// What the cloud's error codes mean, as one table: the names that the ECI API reference and its
// official SDKs list. Read-only and static.
struct ErrorRule {
  enum class Match : std::uint8_t { kExact, kPrefix, kSuffix };

  std::string_view name;  // "OperationDenied.NoStock", "Throttling", ".NotFound"
  Match match;
  base::ErrorCode code;
  Disposition disposition;
  std::string_view remedy;  // As RemedyFor says.
};

std::span<const ErrorRule> ErrorRules();

// An exact name wins over the longest prefix, that over a suffix. Null for an unknown code.
const ErrorRule* FindErrorRule(std::string_view cloud_code);

// What a reply of this HTTP status means: by its rule, else by the status alone. A status of 5xx
// never becomes a definite refusal, whatever its code says.
base::ErrorCode CodeFor(std::string_view cloud_code, int http_status);

// A short name out of a bounded set, for labels of metrics: the cloud's code when the table names
// it, else that of the kind of failure, such as "unavailable".
std::string_view LabelOf(const base::Error& error);

}  // namespace vk::eci
