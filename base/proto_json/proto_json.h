#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace google::protobuf {
class Message;
}

namespace vk::base {

// How a message looks in JSON.
enum class JsonNames {
  // The cloud's: UpperCamelCase of the field's name unless json_name is given; what is set is
  // written, empty or not. Readers take numbers and booleans as text and text as numbers, as the
  // official Go SDK does, since the cloud's own models mix them up.
  kEci,
  // Kubernetes: lowerCamelCase; Go's rules: a zero is absent unless the field has option `pointer`
  // (presence counts) or `always`. Types are strict; 64-bit integers may come as text.
  kKubernetes,
};

struct JsonReadStats {
  std::size_t unknown_members = 0;  // Ignored; the other side is newer or has a typing error.
};

// Objects in the order of the fields, maps in the order of their keys, 64-bit integers as numbers,
// floating point in the shortest form that gives the same value of the field's own type, bytes as
// base64. Text that is not UTF-8 gets U+FFFD in its place, as in Go.
// Errors: kInvalidArgument for what JSON cannot hold, such as a NaN, with its path.
[[nodiscard]] Result<std::string> ToJson(const google::protobuf::Message& message, JsonNames names);

// Replaces `message`. null means absent; unknown members are ignored and counted; nesting is
// limited to 64.
// Errors: kInvalidArgument with the path, such as "containers[2].env[0].name: expected string, got
// number"; `message` is then partly filled.
[[nodiscard]] Result<JsonReadStats> FromJson(std::string_view json, JsonNames names,
                                             google::protobuf::Message* message);

}  // namespace vk::base
