#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/proto_json/proto_json.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace vk::base {

class WireSchema;

// Mirrors vk.wire.v1.Scalar: a message that is one scalar in JSON.
enum class ScalarForm { kNone, kTime, kMicroTime, kQuantity, kIntOrString, kOpaque };

struct WireField {
  const google::protobuf::FieldDescriptor* descriptor;
  std::string name;           // On the wire.
  bool pointer;               // Presence counts.
  bool always;                // Written even when empty.
  bool raw_json;              // Bytes that are JSON themselves: the items of a list kind.
  bool embedded;              // Its members stand in the message around it (Go's inline).
  const WireSchema* message;  // The schema of a message field or of a map's values; else null.
};

// How a message's fields are named on the wire, and their options: looked up once per message type,
// kept for the life of the process. Thread-safe.
class WireSchema {
 public:
  static const WireSchema& Of(const google::protobuf::Descriptor& descriptor, JsonNames names);

  const std::vector<WireField>& fields() const { return fields_; }  // As declared.

  // Null when this message has no such member itself.
  const WireField* Find(std::string_view name) const;

  // The embedded field among whose members, or theirs, `name` is; null when there is none.
  const WireField* FindEmbedding(std::string_view name) const;

  ScalarForm scalar() const { return scalar_; }

 private:
  friend class WireSchemas;

  std::vector<WireField> fields_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  ScalarForm scalar_ = ScalarForm::kNone;
};

}  // namespace vk::base
