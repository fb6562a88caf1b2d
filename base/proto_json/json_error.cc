#include "base/proto_json/json_error.h"

#include <fmt/format.h>

#include <array>

namespace vk::base {
namespace {

// Between the path and the cause; in front when there is no path yet.
constexpr std::string_view kMark = ": ";

std::unexpected<Error> Prepend(std::string_view step, Error error) {
  const bool joins = error.message.starts_with(kMark) || error.message.starts_with('[');
  error.message = fmt::format("{}{}{}", step, joins ? "" : ".", error.message);
  return std::unexpected(std::move(error));
}

std::string_view KindName(const boost::json::value& value) {
  constexpr std::array<std::string_view, 8> kNames{"null",   "boolean", "number", "number",
                                                   "number", "string",  "list",   "object"};
  return kNames.at(static_cast<std::size_t>(value.kind()));
}

}  // namespace

std::unexpected<Error> JsonError(std::string cause) {
  return std::unexpected(Error(ErrorCode::kInvalidArgument, kMark.data() + std::move(cause)));
}

std::unexpected<Error> Expected(std::string_view what, const boost::json::value& got) {
  return JsonError(fmt::format("expected {}, got {}", what, KindName(got)));
}

std::unexpected<Error> Under(std::string_view member, Error error) {
  return Prepend(member, std::move(error));
}

std::unexpected<Error> Under(std::size_t index, Error error) {
  return Prepend(fmt::format("[{}]", index), std::move(error));
}

std::unexpected<Error> AtRoot(Error error) {
  if (error.message.starts_with(kMark)) error.message.erase(0, kMark.size());
  return std::unexpected(std::move(error));
}

}  // namespace vk::base
