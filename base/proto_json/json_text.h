#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

// JSON text. Includes Boost.JSON: for .cc files only.
namespace vk::base {

// One JSON document, nested at most 64 deep. Unlike Boost's own parser it reads floating point
// numbers exactly.
// Errors: kInvalidArgument with the offset.
[[nodiscard]] Result<boost::json::value> ParseJson(std::string_view text,
                                                   boost::json::storage_ptr storage = {});

// Compact text. REQUIRES: finite numbers. Text that is not UTF-8 gets U+FFFD in its place.
[[nodiscard]] std::string FormatJson(const boost::json::value& value);

}  // namespace vk::base
