#include "eci_client/query_codec.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/proto_json/field_value.h"
#include "base/proto_json/utf8.h"
#include "base/proto_json/wire_schema.h"

namespace vk::eci {
namespace {

using base::Status;
using base::WireField;
using base::WireSchema;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kMaxIndex = 10'000;

const WireSchema& SchemaOf(const Message& message) {
  return WireSchema::Of(*message.GetDescriptor(), base::JsonNames::kEci);
}

class Flattener {
 public:
  void AppendMessage(const std::string& prefix, const Message& message, const WireSchema& schema) {
    const auto& reflection = *message.GetReflection();
    for (const WireField& field : schema.fields()) {
      const FieldDescriptor& descriptor = *field.descriptor;
      const std::string name = prefix + field.name;
      if (descriptor.is_map()) {
        AppendMap(name, message, descriptor);
      } else if (descriptor.is_repeated()) {
        AppendList(name, message, field);
      } else if (!reflection.HasField(message, &descriptor)) {
        continue;
      } else if (field.message != nullptr) {
        AppendMessage(name + ".", reflection.GetMessage(message, &descriptor), *field.message);
      } else {
        AppendScalar(name, message, descriptor, 0);
      }
    }
  }

  QueryPairs Take() { return std::move(pairs_); }

 private:
  void AppendList(const std::string& name, const Message& message, const WireField& field) {
    const auto& reflection = *message.GetReflection();
    const int size = reflection.FieldSize(message, field.descriptor);
    for (int index = 0; index < size; ++index) {
      const std::string item = fmt::format("{}.{}", name, index + 1);
      if (field.message == nullptr) {
        AppendScalar(item, message, *field.descriptor, index);
      } else {
        AppendMessage(item + ".", reflection.GetRepeatedMessage(message, field.descriptor, index),
                      *field.message);
      }
    }
  }

  void AppendMap(const std::string& name, const Message& message, const FieldDescriptor& field) {
    const auto& reflection = *message.GetReflection();
    const auto& entry_type = *field.message_type();
    std::map<std::string, std::string> entries;
    for (int index = 0; index < reflection.FieldSize(message, &field); ++index) {
      const Message& entry = reflection.GetRepeatedMessage(message, &field, index);
      entries[base::FieldText(base::GetField(entry, *entry_type.map_key()))] =
          base::FieldText(base::GetField(entry, *entry_type.map_value()));
    }
    for (const auto& [key, value] : entries) {
      // A key that looks like the portal's spelling needs it.
      const bool ambiguous = key.starts_with('#');
      pairs_.emplace_back(ambiguous ? fmt::format("{}.#{}#{}", name, key.size(), key)
                                    : fmt::format("{}.{}", name, key),
                          value);
    }
  }

  void AppendScalar(const std::string& name, const Message& message, const FieldDescriptor& field,
                    int index) {
    pairs_.emplace_back(name, base::FieldText(base::GetField(message, field, index)));
  }

  QueryPairs pairs_;
};

// A parameter on its way down: what is left of its name below the current message.
struct Parameter {
  std::string_view full_name;
  std::optional<std::string_view> rest;  // Nothing left: the name ended with the last step.
  std::string_view value;

  // Takes the part up to the next dot off `rest`. REQUIRES: something is left.
  std::string_view TakeStep() {
    const std::string_view step = rest->substr(0, rest->find('.'));
    if (step.size() == rest->size()) {
      rest.reset();
    } else {
      rest->remove_prefix(step.size() + 1);
    }
    return step;
  }
};
using Parameters = std::vector<Parameter>;

std::unexpected<base::Error> Invalid(const Parameter& parameter, std::string_view cause) {
  base::Error error(base::ErrorCode::kInvalidArgument,
                    fmt::format("parameter {}: {}", parameter.full_name.substr(0, 128), cause));
  error.cloud_code = "InvalidParameter";
  return std::unexpected(std::move(error));
}

std::optional<int> ParseIndex(std::string_view text) {
  int index = 0;
  const auto parsed = std::from_chars(text.begin(), text.end(), index);
  const bool plain = parsed.ec == std::errc() && parsed.ptr == text.end() && text[0] != '0';
  return plain && index >= 1 && index <= kMaxIndex ? std::optional(index) : std::nullopt;
}

class Unflattener {
 public:
  // Each level sorts its parameters by field, then by list index, so that the order in which they
  // came does not matter.
  Status FillMessage(Parameters parameters, const WireSchema& schema, Message* message) {
    std::map<std::size_t, Parameters> by_field;
    for (Parameter& parameter : parameters) {
      if (!parameter.rest) return Invalid(parameter, "is an object, whose members need names");
      const WireField* field = schema.Find(parameter.TakeStep());
      if (field == nullptr) {
        ++stats_.unknown_parameters;
      } else {
        by_field[static_cast<std::size_t>(field->descriptor->index())].push_back(parameter);
      }
    }
    for (auto& [index, members] : by_field) {
      VK_CHECK_OK(FillField(std::move(members), schema.fields()[index], message));
    }
    return {};
  }

  const UnflattenStats& stats() const { return stats_; }

 private:
  Status FillField(Parameters parameters, const WireField& field, Message* message) {
    if (field.descriptor->is_map()) return FillMap(parameters, field, message);
    if (field.descriptor->is_repeated()) return FillList(parameters, field, message);
    if (field.message == nullptr) return FillScalar(parameters, *field.descriptor, message);
    return FillMessage(std::move(parameters), *field.message,
                       message->GetReflection()->MutableMessage(message, field.descriptor));
  }

  Status FillList(Parameters& parameters, const WireField& field, Message* message) {
    std::map<int, Parameters> by_index;
    for (Parameter& parameter : parameters) {
      const auto index = parameter.rest ? ParseIndex(parameter.TakeStep()) : std::nullopt;
      if (!index) {
        return Invalid(parameter,
                       fmt::format("is a list, whose items have numbers from 1 to {}", kMaxIndex));
      }
      by_index[*index].push_back(parameter);
    }
    for (auto& [index, members] : by_index) {
      VK_CHECK_OK(field.message == nullptr ? FillScalar(members, *field.descriptor, message)
                                           : FillMessage(std::move(members), *field.message,
                                                         message->GetReflection()->AddMessage(
                                                             message, field.descriptor)));
    }
    return {};
  }

  Status FillMap(const Parameters& parameters, const WireField& field, Message* message) {
    const auto& entry_type = *field.descriptor->message_type();
    std::map<std::string_view, Parameters> by_key;
    for (const Parameter& parameter : parameters) {
      const auto key = parameter.rest ? MapKey(*parameter.rest) : std::nullopt;
      if (!key) return Invalid(parameter, "is a map, whose entries have keys");
      by_key[*key].push_back(parameter);
      by_key[*key].back().rest.reset();
    }
    for (const auto& [key, members] : by_key) {
      Message* entry = message->GetReflection()->AddMessage(message, field.descriptor);
      if (!base::IsUtf8(key)) return Invalid(members.front(), "key is not UTF-8");
      base::PutField(entry, *entry_type.map_key(), std::string(key));
      VK_CHECK_OK(FillScalar(members, *entry_type.map_value(), entry));
    }
    return {};
  }

  // "url" or "#3#url".
  static std::optional<std::string_view> MapKey(std::string_view text) {
    if (!text.starts_with('#')) return text;
    std::size_t size = 0;
    const auto parsed = std::from_chars(text.begin() + 1, text.end(), size);
    if (parsed.ec != std::errc() || parsed.ptr == text.end() || *parsed.ptr != '#') {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr + 1 - text.begin()));
    return size == text.size() ? std::optional(text) : std::nullopt;
  }

  static Status FillScalar(const Parameters& parameters, const FieldDescriptor& field,
                           Message* message) {
    const Parameter& parameter = parameters.front();
    for (const Parameter& other : parameters) {
      if (other.rest) return Invalid(other, "has no members");
      if (other.value != parameter.value) return Invalid(other, "comes twice, with two values");
    }
    if (!base::IsUtf8(parameter.value)) return Invalid(parameter, "is not UTF-8");
    auto value = base::ParseFieldText(field, parameter.value);
    if (!value) {
      return Invalid(parameter, fmt::format("expected {}, got \"{}\"", base::TypeName(field),
                                            parameter.value.substr(0, 64)));
    }
    base::PutField(message, field, std::move(*value));
    return {};
  }

  UnflattenStats stats_;
};

}  // namespace

QueryPairs Flatten(const Message& message) {
  Flattener flattener;
  flattener.AppendMessage("", message, SchemaOf(message));
  return flattener.Take();
}

base::Result<UnflattenStats> Unflatten(const QueryPairs& parameters, Message* message) {
  message->Clear();
  Parameters all;
  for (const auto& [name, value] : parameters) {
    all.push_back({.full_name = name, .rest = name, .value = value});
    if (all.size() > kMaxParameters) return Invalid(all.back(), "is one too many");
  }
  Unflattener unflattener;
  VK_CHECK_OK(unflattener.FillMessage(std::move(all), SchemaOf(*message), message));
  return unflattener.stats();
}

}  // namespace vk::eci
