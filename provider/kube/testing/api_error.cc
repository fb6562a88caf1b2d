#include "provider/kube/testing/api_error.h"

#include <fmt/core.h>

#include <string>
#include <utility>

namespace vk::kube {
namespace {

base::Error Make(base::ErrorCode code, std::string reason, std::string message) {
  base::Error error(code, std::move(message));
  error.cloud_code = std::move(reason);
  return error;
}

}  // namespace

base::Error NotFound(std::string_view plural, std::string_view name) {
  return Make(base::ErrorCode::kNotFound, "NotFound",
              fmt::format("{} \"{}\" not found", plural, name));
}

base::Error AlreadyExists(std::string_view plural, std::string_view name) {
  return Make(base::ErrorCode::kAlreadyExists, "AlreadyExists",
              fmt::format("{} \"{}\" already exists", plural, name));
}

base::Error Conflict(std::string_view plural, std::string_view name, std::string_view cause) {
  return Make(base::ErrorCode::kConflict, "Conflict",
              fmt::format("operation cannot be fulfilled on {} \"{}\": {}", plural, name, cause));
}

base::Error BadRequest(std::string_view cause) {
  return Make(base::ErrorCode::kInvalidArgument, "BadRequest", std::string(cause));
}

base::Error Invalid(std::string_view kind, std::string_view name, std::string_view field,
                    std::string_view cause) {
  return Make(base::ErrorCode::kInvalidArgument, fmt::format("Invalid {}", field),
              fmt::format("{} \"{}\" is invalid: {}: {}", kind, name, field, cause));
}

base::Error Expired(std::string_view cause) {
  return Make(base::ErrorCode::kConflict, "Expired", std::string(cause));
}

}  // namespace vk::kube
