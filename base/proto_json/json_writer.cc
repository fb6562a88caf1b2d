#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <concepts>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/proto_json/base64.h"
#include "base/proto_json/field_value.h"
#include "base/proto_json/json_error.h"
#include "base/proto_json/json_text.h"
#include "base/proto_json/json_value.h"
#include "base/proto_json/number_text.h"
#include "base/proto_json/scalar_message.h"
#include "base/proto_json/wire_schema.h"

namespace vk::base {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class JsonWriter {
 public:
  explicit JsonWriter(json::storage_ptr storage) : storage_(std::move(storage)) {}

  Result<json::value> WriteMessage(const Message& message, const WireSchema& schema) const {
    if (schema.scalar() != ScalarForm::kNone) {
      return ScalarToJson(message, schema.scalar(), storage_);
    }
    json::object object(storage_);
    VK_CHECK_OK(WriteMembers(message, schema, object));
    return json::value(std::move(object));
  }

  Result<json::value> WriteField(const Message& message, const WireField& field) const {
    if (field.descriptor->is_map()) return WriteMap(message, field);
    if (!field.descriptor->is_repeated()) return WriteItem(message, field, 0);
    const int size = message.GetReflection()->FieldSize(message, field.descriptor);
    json::array array(storage_);
    for (int index = 0; index < size; ++index) {
      auto item = WriteItem(message, field, index);
      if (!item) return Under(static_cast<std::size_t>(index), std::move(item).error());
      array.push_back(std::move(*item));
    }
    return json::value(std::move(array));
  }

 private:
  Status WriteMembers(const Message& message, const WireSchema& schema,
                      json::object& object) const {
    for (const WireField& field : schema.fields()) {
      if (!IsWritten(message, field)) continue;
      if (field.embedded) {
        const auto& reflection = *message.GetReflection();
        VK_CHECK_OK(
            WriteMembers(reflection.GetMessage(message, field.descriptor), *field.message, object));
        continue;
      }
      auto value = WriteField(message, field);
      if (!value) return Under(field.name, std::move(value).error());
      // Only a zero time is null.
      if (!value->is_null() || field.always) object.emplace(field.name, std::move(*value));
    }
    return {};
  }

  static bool IsWritten(const Message& message, const WireField& field) {
    const auto& reflection = *message.GetReflection();
    const FieldDescriptor* descriptor = field.descriptor;
    if (field.always) return true;
    if (descriptor->is_repeated()) return reflection.FieldSize(message, descriptor) > 0;
    if (field.pointer || field.message != nullptr) return reflection.HasField(message, descriptor);
    return !IsZero(GetField(message, *descriptor));
  }

  Result<json::value> WriteMap(const Message& message, const WireField& field) const {
    const auto& reflection = *message.GetReflection();
    std::vector<std::pair<std::string, const Message*>> entries;
    const int size = reflection.FieldSize(message, field.descriptor);
    const FieldDescriptor& key = *field.descriptor->message_type()->map_key();
    for (int index = 0; index < size; ++index) {
      const Message& entry = reflection.GetRepeatedMessage(message, field.descriptor, index);
      entries.emplace_back(FieldText(GetField(entry, key)), &entry);
    }
    std::ranges::sort(entries);
    const WireField value_field = ValueField(field);
    json::object object(storage_);
    for (const auto& [name, entry] : entries) {
      auto value = WriteItem(*entry, value_field, 0);
      if (!value) return Under(name, std::move(value).error());
      object.emplace(name, std::move(*value));
    }
    return json::value(std::move(object));
  }

  static WireField ValueField(const WireField& map) {
    WireField value = map;
    value.descriptor = map.descriptor->message_type()->map_value();
    return value;
  }

  Result<json::value> WriteItem(const Message& message, const WireField& field, int index) const {
    const auto& reflection = *message.GetReflection();
    if (field.message != nullptr) {
      return WriteMessage(field.descriptor->is_repeated()
                              ? reflection.GetRepeatedMessage(message, field.descriptor, index)
                              : reflection.GetMessage(message, field.descriptor),
                          *field.message);
    }
    return WriteScalar(GetField(message, *field.descriptor, index), field);
  }

  Result<json::value> WriteScalar(const FieldValue& value, const WireField& field) const {
    if (const auto* text = std::get_if<std::string>(&value)) return WriteText(*text, field);
    return std::visit(
        [&](const auto& held) -> Result<json::value> {
          if constexpr (std::floating_point<std::decay_t<decltype(held)>>) {
            if (!std::isfinite(held)) return JsonError("JSON has no infinities and no NaN");
          }
          if constexpr (std::same_as<std::decay_t<decltype(held)>, float>) {
            return json::value(DecimalValue(held), storage_);
          } else {
            return json::value(held, storage_);
          }
        },
        value);
  }

  Result<json::value> WriteText(const std::string& text, const WireField& field) const {
    if (field.raw_json) {
      auto raw = ParseJson(text, storage_);
      if (!raw) return JsonError(raw.error().message);
      return raw;
    }
    const bool bytes = field.descriptor->type() == FieldDescriptor::TYPE_BYTES;
    return json::value(bytes ? Base64Encode(text) : text, storage_);
  }

  json::storage_ptr storage_;
};

}  // namespace

Result<json::value> ToJsonValue(const Message& message, JsonNames names,
                                json::storage_ptr storage) {
  const WireSchema& schema = WireSchema::Of(*message.GetDescriptor(), names);
  auto value = JsonWriter(std::move(storage)).WriteMessage(message, schema);
  if (!value) return AtRoot(std::move(value).error());
  return value;
}

Result<json::value> FieldToJsonValue(const Message& message, const FieldDescriptor& field,
                                     JsonNames names, json::storage_ptr storage) {
  const WireSchema& schema = WireSchema::Of(*message.GetDescriptor(), names);
  const WireField& wire = schema.fields()[static_cast<std::size_t>(field.index())];
  auto value = JsonWriter(std::move(storage)).WriteField(message, wire);
  if (!value) return Under(wire.name, std::move(value).error());
  return value;
}

}  // namespace vk::base
