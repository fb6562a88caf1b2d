#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

// Scalar fields by reflection, as values: what both codecs share. Enums are not supported; the wire
// types have none.
namespace vk::base {

using FieldValue = std::variant<bool, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t,
                                float, double, std::string>;

// Item `index` of a list. REQUIRES: `field` is a scalar of `message`.
[[nodiscard]] FieldValue GetField(const google::protobuf::Message& message,
                                  const google::protobuf::FieldDescriptor& field, int index = 0);

// Adds to a list, sets anything else. REQUIRES: `value` has the field's type.
void PutField(google::protobuf::Message* message, const google::protobuf::FieldDescriptor& field,
              FieldValue value);

[[nodiscard]] bool IsZero(const FieldValue& value);

// true, false, shortest numbers; text as it is.
[[nodiscard]] std::string FieldText(const FieldValue& value);

// The reverse; nothing when `text` does not fit the field's type. Booleans in any case: the Python
// SDK writes True. Numbers are finite and in range.
[[nodiscard]] std::optional<FieldValue> ParseFieldText(
    const google::protobuf::FieldDescriptor& field, std::string_view text);

// "string", "number", "integer" or "boolean", for errors.
[[nodiscard]] std::string_view TypeName(const google::protobuf::FieldDescriptor& field);

}  // namespace vk::base
