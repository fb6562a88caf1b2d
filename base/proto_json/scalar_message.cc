#include "base/proto_json/scalar_message.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <string>

#include "base/proto_json/json_error.h"
#include "base/proto_json/json_text.h"
#include "base/proto_json/rfc3339.h"

namespace vk::base {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::int64_t kIsString = 1;  // IntOrString.type

const FieldDescriptor* Field(const Message& message, int number) {
  return message.GetDescriptor()->FindFieldByNumber(number);
}

std::string Text(const Message& message, int number) {
  return message.GetReflection()->GetString(message, Field(message, number));
}

void SetText(const json::string& text, int number, Message* message) {
  message->GetReflection()->SetString(message, Field(*message, number), std::string(text));
}

Result<json::value> TimeToJson(const Message& message, int digits, json::storage_ptr storage) {
  const auto& reflection = *message.GetReflection();
  const UnixTime time{reflection.GetInt64(message, Field(message, 1)),
                      reflection.GetInt32(message, Field(message, 2))};
  if (time == UnixTime()) return json::value(nullptr, storage);
  const auto text = FormatRfc3339(time, digits);
  if (!text) return JsonError(fmt::format("{} s is no time of the years 0 to 9999", time.seconds));
  return json::value(*text, storage);
}

Status TimeFromJson(const json::value& value, Message* message) {
  if (!value.is_string()) return Expected("time", value);
  const auto time = ParseRfc3339(value.get_string());
  if (!time) return JsonError("expected a time such as 2026-08-02T15:00:00Z");
  const auto& reflection = *message->GetReflection();
  reflection.SetInt64(message, Field(*message, 1), time->seconds);
  reflection.SetInt32(message, Field(*message, 2), time->nanos);
  return {};
}

Result<json::value> IntOrStringToJson(const Message& message, json::storage_ptr storage) {
  const auto& reflection = *message.GetReflection();
  if (reflection.GetInt64(message, Field(message, 1)) == kIsString) {
    return json::value(Text(message, 3), storage);
  }
  return json::value(reflection.GetInt32(message, Field(message, 2)), storage);
}

Status IntOrStringFromJson(const json::value& value, Message* message) {
  const auto& reflection = *message->GetReflection();
  if (value.is_string()) {
    reflection.SetInt64(message, Field(*message, 1), kIsString);
    SetText(value.get_string(), 3, message);
    return {};
  }
  if (!value.is_int64()) return Expected("integer or string", value);
  const std::int64_t number = value.get_int64();
  if (number != static_cast<std::int32_t>(number)) return JsonError("integer out of range");
  reflection.SetInt64(message, Field(*message, 1), 0);
  reflection.SetInt32(message, Field(*message, 2), static_cast<std::int32_t>(number));
  return {};
}

Result<json::value> QuantityToJson(const Message& message, json::storage_ptr storage) {
  const std::string text = Text(message, 1);
  return json::value(text.empty() ? "0" : text, storage);
}

Status QuantityFromJson(const json::value& value, Message* message) {
  if (value.is_string()) {
    SetText(value.get_string(), 1, message);
  } else if (value.is_number()) {
    SetText(json::string(FormatJson(value)), 1, message);
  } else {
    return Expected("quantity", value);
  }
  return {};
}

Result<json::value> OpaqueToJson(const Message& message, json::storage_ptr storage) {
  const std::string raw = Text(message, 1);
  if (raw.empty()) return json::value(nullptr, storage);
  auto parsed = ParseJson(raw, storage);
  if (!parsed) return JsonError(parsed.error().message);
  return parsed;
}

}  // namespace

Result<json::value> ScalarToJson(const Message& message, ScalarForm form,
                                 json::storage_ptr storage) {
  switch (form) {
    case ScalarForm::kTime:
      return TimeToJson(message, 0, storage);
    case ScalarForm::kMicroTime:
      return TimeToJson(message, 6, storage);
    case ScalarForm::kQuantity:
      return QuantityToJson(message, storage);
    case ScalarForm::kIntOrString:
      return IntOrStringToJson(message, storage);
    case ScalarForm::kOpaque:
      return OpaqueToJson(message, storage);
    case ScalarForm::kNone:
      break;
  }
  return std::unexpected(Error(ErrorCode::kInternal, "not a scalar message"));
}

Status ScalarFromJson(const json::value& value, ScalarForm form, Message* message) {
  switch (form) {
    case ScalarForm::kTime:
    case ScalarForm::kMicroTime:
      return TimeFromJson(value, message);
    case ScalarForm::kQuantity:
      return QuantityFromJson(value, message);
    case ScalarForm::kIntOrString:
      return IntOrStringFromJson(value, message);
    case ScalarForm::kOpaque:
      SetText(json::string(FormatJson(value)), 1, message);
      return {};
    case ScalarForm::kNone:
      break;
  }
  return std::unexpected(Error(ErrorCode::kInternal, "not a scalar message"));
}

}  // namespace vk::base
