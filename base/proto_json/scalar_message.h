#pragma once

#include <boost/json/value.hpp>

#include "base/proto_json/wire_schema.h"
#include "base/result.h"

namespace google::protobuf {
class Message;
}

// Messages that are one scalar in JSON (option `scalar`), with the field numbers of Kubernetes:
// Time and MicroTime {1: seconds, 2: nanos}, Quantity {1: string}, IntOrString {1: type, 2: intVal,
// 3: strVal}, opaque JSON {1: raw}. Includes Boost.JSON: for .cc files only. Errors:
// kInvalidArgument.
namespace vk::base {

// A zero time gives null, as in Go.
[[nodiscard]] Result<boost::json::value> ScalarToJson(const google::protobuf::Message& message,
                                                      ScalarForm form,
                                                      boost::json::storage_ptr storage);

[[nodiscard]] Status ScalarFromJson(const boost::json::value& value, ScalarForm form,
                                    google::protobuf::Message* message);

}  // namespace vk::base
