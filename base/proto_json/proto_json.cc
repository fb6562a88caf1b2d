#include "base/proto_json/proto_json.h"

#include <google/protobuf/message.h>

#include <boost/json/monotonic_resource.hpp>

#include "base/proto_json/json_text.h"
#include "base/proto_json/json_value.h"

namespace vk::base {

Result<std::string> ToJson(const google::protobuf::Message& message, JsonNames names) {
  boost::json::monotonic_resource arena;
  VK_TRY(value, ToJsonValue(message, names, &arena));
  return FormatJson(value);
}

Result<JsonReadStats> FromJson(std::string_view json, JsonNames names,
                               google::protobuf::Message* message) {
  boost::json::monotonic_resource arena;
  VK_TRY(value, ParseJson(json, &arena));
  return FromJsonValue(value, names, message);
}

}  // namespace vk::base
