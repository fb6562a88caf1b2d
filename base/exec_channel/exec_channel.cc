#include "base/exec_channel/exec_channel.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>

namespace vk::exec {
namespace {

namespace json = boost::json;

constexpr std::string_view kExitCodeReason = "NonZeroExitCode";
constexpr std::string_view kExitCodeCause = "ExitCode";

base::Error Wrong(std::string_view what) {
  return base::Error(base::ErrorCode::kInvalidArgument, fmt::format("read exec stream: {}", what));
}

base::Result<json::object> ParseObject(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return std::unexpected(Wrong("not a JSON object"));
  return std::move(value.as_object());
}

std::string Text(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains({name.data(), name.size()});
  if (member == nullptr || !member->is_string()) return "";
  return {member->as_string().data(), member->as_string().size()};
}

base::Result<std::uint16_t> Number(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains({name.data(), name.size()});
  boost::system::error_code error;
  const auto number =
      member == nullptr ? std::uint16_t{0} : member->to_number<std::uint16_t>(error);
  if (member == nullptr || error) {
    return std::unexpected(Wrong(fmt::format("{} is no number from 0 to 65535", name)));
  }
  return number;
}

// The exit code among the causes of a failure; nothing: -1.
int ExitCodeAmong(const json::object& status) {
  const json::value* details = status.if_contains("details");
  const json::value* causes = details != nullptr && details->is_object()
                                  ? details->as_object().if_contains("causes")
                                  : nullptr;
  if (causes == nullptr || !causes->is_array()) return -1;
  for (const json::value& cause : causes->as_array()) {
    if (!cause.is_object() || Text(cause.as_object(), "reason") != kExitCodeCause) continue;
    const std::string text = Text(cause.as_object(), "message");
    int code = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (error == std::errc() && end == text.data() + text.size() && code >= 0) return code;
  }
  return -1;
}

}  // namespace

std::string EncodeFrame(Channel channel, std::string_view data) {
  std::string message(1, static_cast<char>(channel));
  message += data;
  return message;
}

base::Result<std::optional<Frame>> ParseFrame(std::string message) {
  if (message.empty()) return std::nullopt;
  const auto number = static_cast<std::uint8_t>(message.front());
  if (number > static_cast<std::uint8_t>(Channel::kResize) &&
      number != static_cast<std::uint8_t>(Channel::kClose)) {
    return std::unexpected(Wrong(fmt::format("there is no channel {}", number)));
  }
  message.erase(0, 1);
  return Frame{static_cast<Channel>(number), std::move(message)};
}

std::string EncodeTerminalSize(TerminalSize size) {
  return fmt::format(R"({{"Width":{},"Height":{}}})", size.width, size.height);
}

base::Result<TerminalSize> ParseTerminalSize(std::string_view text) {
  VK_TRY(object, ParseObject(text));
  VK_TRY(width, Number(object, "Width"));
  VK_TRY(height, Number(object, "Height"));
  return TerminalSize{width, height};
}

std::string EncodeEnd(const End& end) {
  json::object status{{"metadata", json::object()}};
  if (!end.error.empty()) {
    status["status"] = "Failure";
    status["message"] = end.error;
    status["reason"] = "InternalError";
    status["code"] = 500;
  } else if (end.exit_code == 0) {
    status["status"] = "Success";
  } else {
    const std::string code = std::to_string(end.exit_code);
    status["status"] = "Failure";
    status["message"] = "command terminated with non-zero exit code: " + code;
    status["reason"] = kExitCodeReason;
    status["details"] = json::object{
        {"causes", json::array{json::object{{"reason", kExitCodeCause}, {"message", code}}}}};
  }
  return json::serialize(status);
}

base::Result<End> ParseEnd(std::string_view text) {
  if (text.find_first_not_of(" \r\n\t") == text.npos) {
    return std::unexpected(Wrong("an empty status"));
  }
  const auto parsed = ParseObject(text);
  if (!parsed) return End{.error = std::string(text)};
  const json::object& status = *parsed;
  const std::string outcome = Text(status, "status");
  if (outcome == "Success") return End{};
  if (outcome != "Failure") return std::unexpected(Wrong("a status of neither kind"));
  if (Text(status, "reason") == kExitCodeReason) {
    const int code = ExitCodeAmong(status);
    if (code < 0) return std::unexpected(Wrong("a failure without its exit code"));
    return End{.exit_code = code};
  }
  const std::string message = Text(status, "message");
  return End{.error = message.empty() ? "no reason given" : message};
}

}  // namespace vk::exec
