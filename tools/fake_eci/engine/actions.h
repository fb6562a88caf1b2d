#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace google::protobuf {
class Message;
}

namespace vk::fake {

struct World;

// One call of the API.
struct Action {
  std::string_view name;
  std::string_view version;  // The version of the API it belongs to: ECI's or PrivateZone's.
  bool post_only;
  // Names of the parameters it cannot do without, separated by spaces, as fields of the message.
  std::string_view required;

  std::unique_ptr<google::protobuf::Message> (*new_request)();
  std::unique_ptr<google::protobuf::Message> (*new_reply)();
  // REQUIRES: messages of this action's types.
  base::Status (*run)(World& world, const google::protobuf::Message& request,
                      google::protobuf::Message* reply);
};

// Every action there is, sorted by name.
const std::vector<Action>& Actions();

// The action of this name, or null.
const Action* FindAction(std::string_view name);

}  // namespace vk::fake
