#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/proto_json/base64.h"
#include "base/proto_json/field_value.h"
#include "base/proto_json/json_error.h"
#include "base/proto_json/json_text.h"
#include "base/proto_json/json_value.h"
#include "base/proto_json/scalar_message.h"
#include "base/proto_json/wire_schema.h"

namespace vk::base {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

template <class Integer>
std::optional<FieldValue> ToInteger(const json::value& value) {
  if (value.is_int64() && std::in_range<Integer>(value.get_int64())) {
    return static_cast<Integer>(value.get_int64());
  }
  if (value.is_uint64() && std::in_range<Integer>(value.get_uint64())) {
    return static_cast<Integer>(value.get_uint64());
  }
  // 1.0 and 1e3 are integers too.
  if (!value.is_double() || std::fabs(value.get_double()) >= 0x1p63) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(value.get_double());
  if (static_cast<double>(whole) != value.get_double() || !std::in_range<Integer>(whole)) {
    return std::nullopt;
  }
  return static_cast<Integer>(whole);
}

std::optional<FieldValue> ToNumber(const json::value& value, const FieldDescriptor& field) {
  const double number = value.to_number<double>();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return ToInteger<std::int32_t>(value);
    case FieldDescriptor::CPPTYPE_UINT32:
      return ToInteger<std::uint32_t>(value);
    case FieldDescriptor::CPPTYPE_INT64:
      return ToInteger<std::int64_t>(value);
    case FieldDescriptor::CPPTYPE_UINT64:
      return ToInteger<std::uint64_t>(value);
    case FieldDescriptor::CPPTYPE_FLOAT:
      if (std::fabs(number) > std::numeric_limits<float>::max()) return std::nullopt;
      return static_cast<float>(number);
    default:
      return number;
  }
}

bool IsText(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
}

bool Is64Bit(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

class JsonReader {
 public:
  explicit JsonReader(JsonNames names) : lenient_(names == JsonNames::kEci) {}

  Status ReadMessage(const json::value& value, const WireSchema& schema, Message* message) {
    if (schema.scalar() != ScalarForm::kNone) {
      return ScalarFromJson(value, schema.scalar(), message);
    }
    if (!value.is_object()) return Expected("object", value);
    for (const auto& [name, member] : value.get_object()) {
      auto read = ReadMember(name, member, schema, message);
      if (!read) return Under(name, std::move(read).error());
    }
    return {};
  }

  const JsonReadStats& stats() const { return stats_; }

 private:
  Status ReadMember(std::string_view name, const json::value& value, const WireSchema& schema,
                    Message* message) {
    if (const WireField* field = schema.Find(name)) {
      return value.is_null() ? Status() : ReadField(value, *field, message);
    }
    if (const WireField* around = schema.FindEmbedding(name)) {
      const auto& reflection = *message->GetReflection();
      return ReadMember(name, value, *around->message,
                        reflection.MutableMessage(message, around->descriptor));
    }
    ++stats_.unknown_members;
    return {};
  }

  Status ReadField(const json::value& value, const WireField& field, Message* message) {
    if (field.descriptor->is_map()) return ReadMap(value, field, message);
    if (field.descriptor->is_repeated()) return ReadList(value, field, message);
    if (field.message == nullptr) return ReadScalar(value, field, *field.descriptor, message);
    return ReadMessage(value, *field.message,
                       message->GetReflection()->MutableMessage(message, field.descriptor));
  }

  Status ReadList(const json::value& value, const WireField& field, Message* message) {
    if (!value.is_array()) return Expected("list", value);
    std::size_t index = 0;
    for (const json::value& item : value.get_array()) {
      auto read =
          field.message == nullptr
              ? ReadScalar(item, field, *field.descriptor, message)
              : ReadMessage(item, *field.message,
                            message->GetReflection()->AddMessage(message, field.descriptor));
      if (!read) return Under(index, std::move(read).error());
      ++index;
    }
    return {};
  }

  Status ReadMap(const json::value& value, const WireField& field, Message* message) {
    if (!value.is_object()) return Expected("object", value);
    const auto& entry_type = *field.descriptor->message_type();
    for (const auto& [name, member] : value.get_object()) {
      const auto key = ParseFieldText(*entry_type.map_key(), name);
      if (!key) return Under(name, JsonError("bad key").error());
      Message* entry = message->GetReflection()->AddMessage(message, field.descriptor);
      PutField(entry, *entry_type.map_key(), *key);
      if (member.is_null()) continue;
      auto read =
          field.message == nullptr
              ? ReadScalar(member, field, *entry_type.map_value(), entry)
              : ReadMessage(member, *field.message,
                            entry->GetReflection()->MutableMessage(entry, entry_type.map_value()));
      if (!read) return Under(name, std::move(read).error());
    }
    return {};
  }

  // `descriptor` is the field's own or that of a map's values.
  Status ReadScalar(const json::value& value, const WireField& field,
                    const FieldDescriptor& descriptor, Message* message) {
    auto scalar = field.raw_json ? FieldValue(FormatJson(value)) : ToScalar(value, descriptor);
    if (!scalar) return std::unexpected(std::move(scalar).error());
    PutField(message, descriptor, std::move(*scalar));
    return {};
  }

  Result<FieldValue> ToScalar(const json::value& value, const FieldDescriptor& field) const {
    if (value.is_string()) return FromText(value, field);
    if (IsText(field)) {
      if (!lenient_ || !(value.is_number() || value.is_bool())) return Expected("string", value);
      return FieldValue(FormatJson(value));
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      if (!value.is_bool()) return Expected("boolean", value);
      return FieldValue(value.get_bool());
    }
    if (!value.is_number()) return Expected(TypeName(field), value);
    const auto number = ToNumber(value, field);
    if (!number) return JsonError(OutOfRange(value, field));
    return *number;
  }

  Result<FieldValue> FromText(const json::value& value, const FieldDescriptor& field) const {
    const json::string& text = value.get_string();
    if (field.type() == FieldDescriptor::TYPE_BYTES) {
      const auto bytes = Base64Decode(text);
      if (!bytes) return JsonError("expected base64");
      return FieldValue(*bytes);
    }
    const bool accepted = IsText(field) || lenient_ || Is64Bit(field);
    const auto scalar = accepted ? ParseFieldText(field, text) : std::nullopt;
    if (!scalar) return Expected(TypeName(field), value);
    return *scalar;
  }

  static std::string OutOfRange(const json::value& value, const FieldDescriptor& field) {
    return FormatJson(value) + " does not fit " + field.cpp_type_name();
  }

  const bool lenient_;
  JsonReadStats stats_;
};

}  // namespace

Result<JsonReadStats> FromJsonValue(const json::value& value, JsonNames names, Message* message) {
  message->Clear();
  JsonReader reader(names);
  auto read = reader.ReadMessage(value, WireSchema::Of(*message->GetDescriptor(), names), message);
  if (!read) return AtRoot(std::move(read).error());
  return reader.stats();
}

}  // namespace vk::base
