#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/wire/v1/options.pb.h"
#include "provider/translate/field_table.h"

namespace vk::translate {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::vector<const FieldRule*> RulesOf(std::string_view message, std::string_view field) {
  std::vector<const FieldRule*> rules;
  for (const FieldRule& rule : FieldRules()) {
    if (rule.message == message && rule.field == field) rules.push_back(&rule);
  }
  return rules;
}

std::string_view NameOf(Treatment treatment) {
  switch (treatment) {
    case Treatment::kMapped:
    case Treatment::kAmounts:
      return "mapped";
    case Treatment::kEmulated:
      return "emulated";
    case Treatment::kWeakened:
      return "weakened (Warning)";
    case Treatment::kMoot:
      return "weakened (Normal)";
    case Treatment::kIgnored:
      return "ignored";
    case Treatment::kRefused:
      return "refused";
    case Treatment::kInside:
      break;
  }
  return "";
}

class Page {
 public:
  void Visit(const Descriptor& message, std::string_view exceptions, const std::string& path,
             bool only_exceptions) {
    std::vector<const FieldDescriptor*> fields;
    for (int i = 0; i < message.field_count(); ++i) fields.push_back(message.field(i));
    std::ranges::sort(fields, {}, [](const FieldDescriptor* field) { return field->json_name(); });
    for (const FieldDescriptor* field : fields) {
      std::vector<const FieldRule*> rules = RulesOf(exceptions, field->name());
      if (rules.empty() && !only_exceptions) rules = RulesOf(message.name(), field->name());
      for (const FieldRule* rule : rules) Add(*rule, *field, PathOf(*field, path), only_exceptions);
    }
  }

  std::string TakeText() { return std::move(text_); }

 private:
  static std::string PathOf(const FieldDescriptor& field, const std::string& path) {
    if (field.options().GetExtension(wire::v1::embedded)) return path;
    const bool list = field.is_repeated() && !field.is_map() &&
                      field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    return fmt::format("{}{}{}{}", path, path.empty() ? "" : ".", field.json_name(),
                       list ? "[]" : "");
  }

  void Add(const FieldRule& rule, const FieldDescriptor& field, const std::string& path,
           bool only_exceptions) {
    if (rule.treatment == Treatment::kInside) {
      Visit(*field.message_type(), rule.note, path,
            only_exceptions || field.name() == "initContainers");
      return;
    }
    std::string treatment(NameOf(rule.treatment));
    if (rule.when != nullptr) treatment += fmt::format(": {}", rule.when->text);
    std::string absent;
    for (std::string_view words = rule.absent; !words.empty();) {
      const std::size_t space = std::min(words.find(' '), words.size());
      absent += fmt::format("{}`{}`", absent.empty() ? "" : ", ", words.substr(0, space));
      words.remove_prefix(std::min(space + 1, words.size()));
    }
    const bool amounts = rule.treatment == Treatment::kAmounts;
    text_ += fmt::format(
        "| `{}` | {} | {} | {} |\n", path, treatment, absent,
        amounts ? fmt::format("{}; others are refused", rule.note) : std::string(rule.note));
  }

  std::string text_ = "| Field | Treatment | Absent as well | How, or why |\n|---|---|---|---|\n";
};

}  // namespace

std::string FieldsAsMarkdown() {
  Page page;
  page.Visit(*k8s::io::api::core::v1::Pod::descriptor(), "", "", false);
  return page.TakeText();
}

}  // namespace vk::translate
