#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Descriptor;
}

// The API's own metadata (test/data/eci-api-tree.txt) beside our messages. Client and fake share
// the messages, so that a wrong name would pass every other test.
namespace vk::eci {

struct ApiField {
  std::string type;  // "string", "array of object", "map[string]*string"; empty for a message.
  std::map<std::string, ApiField> members;
};

// By message; "...ResponseBody" as "...Response".
using ApiTree = std::map<std::string, ApiField>;

ApiTree ParseApiTree(std::string_view text);

// One line for each difference in names, types and presence, both ways. `extra` are the paths that
// our message may have beyond the tree.
std::vector<std::string> CompareWithTree(const google::protobuf::Descriptor& message,
                                         const ApiField& tree, const std::set<std::string>& extra);

}  // namespace vk::eci
