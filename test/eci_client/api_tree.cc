#include "test/eci_client/api_tree.h"

#include <google/protobuf/descriptor.h>

#include <regex>
#include <sstream>

#include "base/proto_json/wire_schema.h"

namespace vk::eci {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::string ScalarType(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_FLOAT:
      return "float32";
    case FieldDescriptor::TYPE_DOUBLE:
      return "float64";
    case FieldDescriptor::TYPE_MESSAGE:
      return "object";
    default:
      return field.type_name();
  }
}

// As the tree writes it.
std::string TreeType(const FieldDescriptor& field) {
  if (field.is_map()) {
    const bool text = ScalarType(*field.message_type()->map_value()) == "string";
    return text ? "map[string]*string" : "map[string]interface{}";
  }
  return (field.is_repeated() ? "array of " : "") + ScalarType(field);
}

class Comparison {
 public:
  explicit Comparison(const std::set<std::string>& extra) : extra_(extra) {}

  void Compare(const std::string& path, const Descriptor& message, const ApiField& tree) {
    const auto& schema = base::WireSchema::Of(message, base::JsonNames::kEci);
    for (const auto& [name, member] : tree.members) {
      const std::string place = path + "." + name;
      const base::WireField* field = schema.Find(name);
      if (field == nullptr) {
        differences_.push_back(place + ": missing");
      } else {
        CompareField(place, *field->descriptor, member);
      }
    }
    for (const base::WireField& field : schema.fields()) {
      const std::string place = path + "." + field.name;
      if (!tree.members.contains(field.name) && !extra_.contains(place)) {
        differences_.push_back(place + ": not in the tree");
      }
    }
  }

  std::vector<std::string> Take() { return std::move(differences_); }

 private:
  void CompareField(const std::string& place, const FieldDescriptor& field, const ApiField& tree) {
    if (TreeType(field) != tree.type) {
      differences_.push_back(place + ": is " + TreeType(field) + ", not " + tree.type);
    } else if (tree.type.ends_with("object")) {
      Compare(place, *field.message_type(), tree);
    } else if (!field.is_repeated() && !field.has_presence()) {
      differences_.push_back(place + ": not optional");
    }
  }

  const std::set<std::string>& extra_;
  std::vector<std::string> differences_;
};

}  // namespace

ApiTree ParseApiTree(std::string_view text) {
  static const std::regex kMessage(R"(## (\w+?)(Body)?)");
  static const std::regex kField(R"(( +)(\w+)(?: \*)?: (.*))");
  ApiTree tree;
  std::vector<ApiField*> around;  // By indentation.
  std::istringstream lines{std::string(text)};
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, kMessage)) {
      around = {&tree[match[1]]};
    } else if (std::regex_match(line, match, kField) && !around.empty()) {
      const auto level = static_cast<std::size_t>(match.length(1)) / 2;
      around.resize(level);
      ApiField& field = around.back()->members[match[2]];
      field.type = match[3];
      around.push_back(&field);
    }
  }
  return tree;
}

std::vector<std::string> CompareWithTree(const Descriptor& message, const ApiField& tree,
                                         const std::set<std::string>& extra) {
  Comparison comparison(extra);
  comparison.Compare(message.name(), message, tree);
  return comparison.Take();
}

}  // namespace vk::eci
