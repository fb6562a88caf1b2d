#pragma once

#include <boost/json/value.hpp>

#include "base/proto_json/proto_json.h"
#include "base/result.h"

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

// Messages as JSON values, for code that edits JSON, such as patches. Includes Boost.JSON: for .cc
// files only. Rules and errors are those of proto_json.h.
namespace vk::base {

[[nodiscard]] Result<boost::json::value> ToJsonValue(const google::protobuf::Message& message,
                                                     JsonNames names,
                                                     boost::json::storage_ptr storage = {});

// One field of `message`, whether or not it would be written: zero, [] or {} when unset.
[[nodiscard]] Result<boost::json::value> FieldToJsonValue(
    const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
    JsonNames names, boost::json::storage_ptr storage = {});

[[nodiscard]] Result<JsonReadStats> FromJsonValue(const boost::json::value& value, JsonNames names,
                                                  google::protobuf::Message* message);

}  // namespace vk::base
