#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace google::protobuf {
class Message;
}

namespace vk::kube {

// An object's own protobuf bytes, without the envelope, and back.

// The same message gives the same bytes in every process (maps in the order of their keys).
std::string ToBytes(const google::protobuf::Message& message);

// Replaces `message`. Fields that the schema does not know are dropped, so that nothing that was
// read can be written back unseen. Errors: kInternal naming the message type; `message` is then
// partly filled.
base::Status FromBytes(std::string_view bytes, google::protobuf::Message* message);

// Who an object of any kind is, read from its bytes without parsing the rest.
struct ObjectIdentity {
  std::string ns;  // Empty for a cluster-wide kind.
  std::string name;
  std::string uid;
  std::string resource_version;

  auto operator<=>(const ObjectIdentity&) const = default;
};

// The name is empty for a bookmark. Errors: kInternal when the bytes are no object.
base::Result<ObjectIdentity> IdentityOf(std::string_view object);

}  // namespace vk::kube
