#include "provider/translate/field_findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "proto/wire/v1/options.pb.h"
#include "provider/translate/planning.h"
#include "provider/translate/quantity.h"

namespace vk::translate {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

using k8s::io::apimachinery::pkg::api::resource::Quantity;
using RulesOfField = std::vector<const FieldRule*>;
using RulesOfMessage = std::map<std::string_view, RulesOfField>;

// In these the presence of a member is the request, however little is in it.
constexpr std::string_view kUnions[] = {"EnvVarSource", "LifecycleHandler", "ProbeHandler",
                                        "VolumeProjection", "VolumeSource"};

const RulesOfMessage& RulesOf(std::string_view message) {
  static const auto rules = [] {
    std::map<std::string_view, RulesOfMessage> by_message;
    for (const FieldRule& rule : FieldRules())
      by_message[rule.message][rule.field].push_back(&rule);
    return by_message;
  }();
  static const RulesOfMessage none;
  const auto found = rules.find(message);
  return found == rules.end() ? none : found->second;
}

const RulesOfField* Find(const RulesOfMessage& rules, std::string_view field) {
  const auto found = rules.find(field);
  return found == rules.end() ? nullptr : &found->second;
}

bool HasWord(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    if (words.substr(0, space) == word) return true;
    words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
  }
  return false;
}

bool IsZero(std::string_view text) { return text == "false" || text == "0"; }

bool IsEmpty(const Message& message);

// Whether a listed field says nothing by itself, whatever its rules.
bool SaysNothing(const Message& message, const FieldDescriptor& field) {
  if (field.is_repeated()) return false;
  const bool in_union =
      std::ranges::find(kUnions, message.GetDescriptor()->name()) != std::end(kUnions);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return !in_union && IsEmpty(message.GetReflection()->GetMessage(message, &field));
  }
  const std::string text = ScalarText(message, field);
  // Where Kubernetes has no pointer, the zero of an unset field is on the wire as well.
  return text.empty() || (IsZero(text) && !field.options().GetExtension(wire::v1::pointer));
}

bool IsEmpty(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return std::ranges::all_of(
      fields, [&](const FieldDescriptor* field) { return SaysNothing(message, *field); });
}

// Collects what the rules refuse or weaken.
class Walk {
 public:
  Walk(const core::Pod& pod, const NodeFacts& node) : context_{.pod = pod, .node = node} {}

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
      const RulesOfField* rules = Find(special, field->name());
      if (rules == nullptr) rules = Find(general, field->name());
      if (rules == nullptr) {
        findings_.push_back({field_path, Treatment::kRefused, "", "this node does not know it"});
      } else if (!SaysNothing(message, *field)) {
        Apply(*rules, message, *field, field_path);
      }
    }
  }

  std::vector<FieldFinding> TakeFindings() { return std::move(findings_); }

 private:
  void Apply(const RulesOfField& rules, const Message& message, const FieldDescriptor& field,
             const std::string& path) {
    FieldContext context = context_;
    context.message = &message;
    context.field = &field;
    const std::string text = ScalarText(message, field);
    const auto names_it = [&](const FieldRule* rule) { return HasWord(rule->absent, text); };
    if (std::ranges::any_of(rules, names_it)) return;
    bool decided = false;
    for (const FieldRule* rule : rules) {
      if (rule->treatment == Treatment::kInside) {
        Descend(*rule, message, field, path);
      } else if (rule->treatment == Treatment::kAmounts) {
        CheckAmounts(*rule, message, field, path);
      } else if (!decided && (rule->when == nullptr || rule->when->holds(context))) {
        decided = true;
        Note(*rule, path, text);
      }
    }
  }

  void Note(const FieldRule& rule, const std::string& path, const std::string& text) {
    const bool told = rule.treatment == Treatment::kRefused ||
                      rule.treatment == Treatment::kWeakened || rule.treatment == Treatment::kMoot;
    if (told) findings_.push_back({path, rule.treatment, text, std::string(rule.note)});
  }

  void Descend(const FieldRule& rule, const Message& message, const FieldDescriptor& field,
               const std::string& path) {
    const auto* reflection = message.GetReflection();
    const FieldContext around = context_;
    const int size = field.is_repeated() ? reflection->FieldSize(message, &field) : 1;
    for (int i = 0; i < size; ++i) {
      const Message& inside = field.is_repeated()
                                  ? reflection->GetRepeatedMessage(message, &field, i)
                                  : reflection->GetMessage(message, &field);
      if (const auto* container = dynamic_cast<const core::Container*>(&inside)) {
        context_.container = container;
        context_.is_init = field.name() == "initContainers";
      } else if (const auto* volume = dynamic_cast<const core::Volume*>(&inside)) {
        context_.volume = volume;
      }
      Visit(inside, rule.note, field.is_repeated() ? At(path, i) : path);
    }
    context_.container = around.container;
    context_.is_init = around.is_init;
    context_.volume = around.volume;
  }

  void CheckAmounts(const FieldRule& rule, const Message& message, const FieldDescriptor& field,
                    const std::string& path) {
    const auto* reflection = message.GetReflection();
    std::set<std::string> others;  // A map's own order differs from process to process.
    for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
      const Message& entry = reflection->GetRepeatedMessage(message, &field, i);
      const auto* map = entry.GetReflection();
      const std::string name = map->GetString(entry, entry.GetDescriptor()->map_key());
      const auto& amount =
          static_cast<const Quantity&>(map->GetMessage(entry, entry.GetDescriptor()->map_value()));
      if (!HasWord(rule.note, name) && ParseMilli(amount.string()) != 0) others.insert(name);
    }
    for (const std::string& name : others) {
      findings_.push_back({fmt::format("{}[{}]", path, name), Treatment::kRefused, "",
                           fmt::format("the cloud has {} only", rule.note)});
    }
  }

  FieldContext context_;
  std::vector<FieldFinding> findings_;
};

}  // namespace

std::vector<FieldFinding> JudgeFields(const core::Pod& pod, const NodeFacts& node) {
  Walk walk(pod, node);
  walk.Visit(pod, "", "");
  return walk.TakeFindings();
}

}  // namespace vk::translate
