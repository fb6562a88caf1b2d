#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "proto/wire/v1/options.pb.h"
#include "provider/translate/field_table.h"
#include "provider/translate/planning.h"

namespace vk::translate {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

using RulesOfMessage = std::map<std::string_view, const FieldRule*>;

const RulesOfMessage& RulesOf(std::string_view message) {
  static const auto rules = [] {
    std::map<std::string_view, RulesOfMessage> by_message;
    for (const FieldRule& rule : FieldRules()) by_message[rule.message][rule.field] = &rule;
    return by_message;
  }();
  static const RulesOfMessage none;
  const auto found = rules.find(message);
  return found == rules.end() ? none : found->second;
}

const FieldRule* Find(const RulesOfMessage& rules, std::string_view field) {
  const auto found = rules.find(field);
  return found == rules.end() ? nullptr : found->second;
}

bool HasWord(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    if (words.substr(0, space) == word) return true;
    words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
  }
  return false;
}

// The value of a scalar field; "(set)" for what is none, and so no word of a rule.
std::string TextOf(const Message& message, const FieldDescriptor& field) {
  if (field.is_repeated()) return "(set)";
  const auto* reflection = message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(reflection->GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(reflection->GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->GetString(message, &field);
    default:
      return "(set)";
  }
}

// Collects the paths of what the rules refuse.
class Walk {
 public:
  // `exceptions` names rules that come before those of the message itself.
  void Visit(const Message& message, std::string_view exceptions, const std::string& path) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    const RulesOfMessage& special = RulesOf(exceptions);
    const RulesOfMessage& general = RulesOf(message.GetDescriptor()->name());
    for (const FieldDescriptor* field : fields) {
      const bool embedded = field->options().GetExtension(wire::v1::embedded);
      const std::string field_path = embedded       ? path
                                     : path.empty() ? field->json_name()
                                                    : path + "." + field->json_name();
      const FieldRule* rule = Find(special, field->name());
      if (rule == nullptr) rule = Find(general, field->name());
      if (rule == nullptr) {
        paths_.push_back(field_path);
      } else {
        Apply(*rule, message, *field, field_path);
      }
    }
  }

  std::vector<std::string> TakePaths() { return std::move(paths_); }

 private:
  void Apply(const FieldRule& rule, const Message& message, const FieldDescriptor& field,
             const std::string& path) {
    if (rule.treatment == Treatment::kInside) Descend(rule, message, field, path);
    if (rule.treatment == Treatment::kAmounts) CheckAmounts(rule, message, field, path);
    if (rule.treatment != Treatment::kUnsupported) return;
    const std::string text = TextOf(message, field);
    if (!text.empty() && !HasWord(rule.note, text)) paths_.push_back(path);
  }

  void Descend(const FieldRule& rule, const Message& message, const FieldDescriptor& field,
               const std::string& path) {
    const auto* reflection = message.GetReflection();
    if (!field.is_repeated()) {
      Visit(reflection->GetMessage(message, &field), rule.note, path);
      return;
    }
    for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
      Visit(reflection->GetRepeatedMessage(message, &field, i), rule.note, At(path, i));
    }
  }

  void CheckAmounts(const FieldRule& rule, const Message& message, const FieldDescriptor& field,
                    const std::string& path) {
    const auto* reflection = message.GetReflection();
    std::set<std::string> others;  // A map's own order differs from process to process.
    for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
      const Message& entry = reflection->GetRepeatedMessage(message, &field, i);
      const std::string name =
          entry.GetReflection()->GetString(entry, entry.GetDescriptor()->map_key());
      if (!HasWord(rule.note, name)) others.insert(name);
    }
    for (const std::string& name : others) paths_.push_back(fmt::format("{}[{}]", path, name));
  }

  std::vector<std::string> paths_;
};

// The pod's own group and runAsNonRoot hold for init containers as well, where the cloud has no
// parameter for them; a user that is not root makes the latter true by itself.
void AddPodLevel(const core::PodSpec& spec, std::vector<std::string>* paths) {
  if (spec.initcontainers().empty()) return;
  const core::PodSecurityContext& pod = spec.securitycontext();
  if (pod.has_runasgroup()) {
    paths->push_back("spec.securityContext.runAsGroup (for init containers)");
  }
  const bool any_root = std::ranges::any_of(spec.initcontainers(), [&](const auto& init) {
    const core::SecurityContext& own = init.securitycontext();
    return (own.has_runasuser() ? own.runasuser() : pod.runasuser()) == 0;
  });
  if (pod.runasnonroot() && any_root) {
    paths->push_back("spec.securityContext.runAsNonRoot (for init containers without runAsUser)");
  }
}

}  // namespace

std::vector<std::string> UnmappedFields(const core::Pod& pod) {
  Walk walk;
  walk.Visit(pod, "", "");
  std::vector<std::string> paths = walk.TakePaths();
  AddPodLevel(pod.spec(), &paths);
  return paths;
}

}  // namespace vk::translate
