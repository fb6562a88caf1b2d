#include "tools/fake_eci/open_api/xml_writer.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <map>
#include <string_view>
#include <utility>

#include "base/proto_json/field_value.h"
#include "base/proto_json/utf8.h"
#include "base/proto_json/wire_schema.h"

namespace vk::fake {
namespace {

using base::WireField;
using base::WireSchema;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Empty: stands as it is.
std::string_view Escaped(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&apos;";
    case '\r':  // A reader would make it a line feed.
      return "&#13;";
    case '\n':
    case '\t':
      return {};
    default:
      return static_cast<unsigned char>(c) < ' ' ? kReplacement : std::string_view();
  }
}

// XML 1.0, production 2: what Unicode has and XML has not, besides control characters.
bool IsNonCharacter(std::string_view sequence) {
  return sequence == "\xEF\xBF\xBE" || sequence == "\xEF\xBF\xBF";
}

void AppendText(std::string_view text, std::string* xml) {
  while (!text.empty()) {
    const std::size_t length = base::Utf8SequenceLength(text);
    const std::string_view sequence = text.substr(0, length);
    const std::string_view escaped = length == 1 ? Escaped(text[0]) : std::string_view();
    if (length == 0 || IsNonCharacter(sequence)) {
      *xml += kReplacement;
    } else {
      *xml += escaped.empty() ? sequence : escaped;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

class XmlWriter {
 public:
  void AppendElement(const std::string& name, const Message& message, const WireSchema& schema) {
    xml_ += '<' + name + '>';
    for (const WireField& field : schema.fields()) AppendField(message, field);
    xml_ += "</" + name + '>';
  }

  std::string Take() { return std::move(xml_); }

 private:
  void AppendField(const Message& message, const WireField& field) {
    const auto& reflection = *message.GetReflection();
    const FieldDescriptor& descriptor = *field.descriptor;
    if (descriptor.is_map()) {
      AppendMap(message, field);
    } else if (descriptor.is_repeated()) {
      const int size = reflection.FieldSize(message, &descriptor);
      for (int index = 0; index < size; ++index) AppendItem(message, field, index);
    } else if (reflection.HasField(message, &descriptor)) {
      AppendItem(message, field, 0);
    }
  }

  void AppendItem(const Message& message, const WireField& field, int index) {
    const auto& reflection = *message.GetReflection();
    if (field.message == nullptr) {
      AppendScalar(field.name, message, *field.descriptor, index);
    } else if (field.descriptor->is_repeated()) {
      AppendElement(field.name, reflection.GetRepeatedMessage(message, field.descriptor, index),
                    *field.message);
    } else {
      AppendElement(field.name, reflection.GetMessage(message, field.descriptor), *field.message);
    }
  }

  void AppendMap(const Message& message, const WireField& field) {
    const auto& reflection = *message.GetReflection();
    const auto& entry_type = *field.descriptor->message_type();
    std::map<std::string, const Message*> entries;
    for (int index = 0; index < reflection.FieldSize(message, field.descriptor); ++index) {
      const Message& entry = reflection.GetRepeatedMessage(message, field.descriptor, index);
      entries[base::FieldText(base::GetField(entry, *entry_type.map_key()))] = &entry;
    }
    if (entries.empty()) return;
    xml_ += '<' + field.name + '>';
    for (const auto& [key, entry] : entries) {
      AppendScalar(key, *entry, *entry_type.map_value(), 0);
    }
    xml_ += "</" + field.name + '>';
  }

  void AppendScalar(const std::string& name, const Message& message,
                    const FieldDescriptor& descriptor, int index) {
    xml_ += '<' + name + '>';
    AppendText(base::FieldText(base::GetField(message, descriptor, index)), &xml_);
    xml_ += "</" + name + '>';
  }

  std::string xml_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
};

}  // namespace

std::string ToXml(const Message& message, const std::string& root) {
  XmlWriter writer;
  writer.AppendElement(root, message,
                       WireSchema::Of(*message.GetDescriptor(), base::JsonNames::kEci));
  return writer.Take();
}

}  // namespace vk::fake
