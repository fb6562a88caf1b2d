#pragma once

#include <boost/json/value.hpp>
#include <expected>
#include <string>
#include <string_view>

#include "base/result.h"

// Errors that name a JSON path. The innermost writes the cause; each level on the way out puts its
// own step in front: Under("containers", Under(2, cause)). Includes Boost.JSON: for .cc files only.
namespace vk::base {

[[nodiscard]] std::unexpected<Error> JsonError(std::string cause);

// "expected string, got number".
[[nodiscard]] std::unexpected<Error> Expected(std::string_view what, const boost::json::value& got);

[[nodiscard]] std::unexpected<Error> Under(std::string_view member, Error error);
[[nodiscard]] std::unexpected<Error> Under(std::size_t index, Error error);

// At the root: takes off the mark that the others need.
[[nodiscard]] std::unexpected<Error> AtRoot(Error error);

}  // namespace vk::base
