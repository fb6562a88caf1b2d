#pragma once

#include <string_view>

#include "base/result.h"

// Checks of single parameters that the calls of both services share. Errors: InvalidParameter with
// the parameter's name.
namespace vk::fake {

// At most 64 ASCII characters.
base::Status CheckClientToken(std::string_view token);

// The rules of one tag; at most `limits.tags` of them are the caller's to check.
base::Status ValidateTag(std::string_view key, std::string_view value);

// An optional parameter that must be one of `allowed`, which is separated by spaces.
base::Status CheckOneOf(std::string_view parameter, bool present, std::string_view value,
                        std::string_view allowed);

// An optional number that must lie in [low, high].
base::Status CheckRange(std::string_view parameter, bool present, double value, double low,
                        double high);

}  // namespace vk::fake
