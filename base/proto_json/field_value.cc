#include "base/proto_json/field_value.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <type_traits>
#include <utility>

#include "base/proto_json/number_text.h"

namespace vk::base {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return std::ranges::equal(
      text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

std::optional<FieldValue> ParseBool(std::string_view text) {
  if (EqualsIgnoringCase(text, "true")) return true;
  if (EqualsIgnoringCase(text, "false")) return false;
  return std::nullopt;
}

template <class Number>
std::optional<FieldValue> ParseNumber(std::string_view text) {
  Number number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  if constexpr (std::floating_point<Number>) {
    if (!std::isfinite(number)) return std::nullopt;
  }
  return number;
}

void SetField(const Reflection& reflection, Message* message, const FieldDescriptor* field,
              FieldValue value) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(message, field, std::get<bool>(value));
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.SetInt32(message, field, std::get<std::int32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.SetUInt32(message, field, std::get<std::uint32_t>(value));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.SetInt64(message, field, std::get<std::int64_t>(value));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.SetUInt64(message, field, std::get<std::uint64_t>(value));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection.SetFloat(message, field, std::get<float>(value));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.SetDouble(message, field, std::get<double>(value));
    default:
      return reflection.SetString(message, field, std::get<std::string>(std::move(value)));
  }
}

void AddField(const Reflection& reflection, Message* message, const FieldDescriptor* field,
              FieldValue value) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.AddBool(message, field, std::get<bool>(value));
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.AddInt32(message, field, std::get<std::int32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.AddUInt32(message, field, std::get<std::uint32_t>(value));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.AddInt64(message, field, std::get<std::int64_t>(value));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.AddUInt64(message, field, std::get<std::uint64_t>(value));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection.AddFloat(message, field, std::get<float>(value));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.AddDouble(message, field, std::get<double>(value));
    default:
      return reflection.AddString(message, field, std::get<std::string>(std::move(value)));
  }
}

}  // namespace

FieldValue GetField(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const bool list = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return list ? reflection.GetRepeatedBool(message, &field, index)
                  : reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_INT32:
      return list ? reflection.GetRepeatedInt32(message, &field, index)
                  : reflection.GetInt32(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return list ? reflection.GetRepeatedUInt32(message, &field, index)
                  : reflection.GetUInt32(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return list ? reflection.GetRepeatedInt64(message, &field, index)
                  : reflection.GetInt64(message, &field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return list ? reflection.GetRepeatedUInt64(message, &field, index)
                  : reflection.GetUInt64(message, &field);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return list ? reflection.GetRepeatedFloat(message, &field, index)
                  : reflection.GetFloat(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return list ? reflection.GetRepeatedDouble(message, &field, index)
                  : reflection.GetDouble(message, &field);
    default:
      return list ? reflection.GetRepeatedString(message, &field, index)
                  : reflection.GetString(message, &field);
  }
}

void PutField(Message* message, const FieldDescriptor& field, FieldValue value) {
  const Reflection& reflection = *message->GetReflection();
  (field.is_repeated() ? AddField : SetField)(reflection, message, &field, std::move(value));
}

bool IsZero(const FieldValue& value) {
  return std::visit([](const auto& held) { return held == std::decay_t<decltype(held)>(); }, value);
}

std::string FieldText(const FieldValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::same_as<Held, std::string>)
          return held;
        else if constexpr (std::same_as<Held, bool>)
          return held ? "true" : "false";
        else if constexpr (std::floating_point<Held>)
          return NumberText(held);
        else
          return std::to_string(held);
      },
      value);
}

std::optional<FieldValue> ParseFieldText(const FieldDescriptor& field, std::string_view text) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return ParseBool(text);
    case FieldDescriptor::CPPTYPE_INT32:
      return ParseNumber<std::int32_t>(text);
    case FieldDescriptor::CPPTYPE_UINT32:
      return ParseNumber<std::uint32_t>(text);
    case FieldDescriptor::CPPTYPE_INT64:
      return ParseNumber<std::int64_t>(text);
    case FieldDescriptor::CPPTYPE_UINT64:
      return ParseNumber<std::uint64_t>(text);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return ParseNumber<float>(text);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return ParseNumber<double>(text);
    default:
      return std::string(text);
  }
}

std::string_view TypeName(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "boolean";
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "number";
    case FieldDescriptor::CPPTYPE_STRING:
      return "string";
    default:
      return "integer";
  }
}

}  // namespace vk::base
