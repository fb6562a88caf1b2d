#include "base/proto_json/wire_schema.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "proto/wire/v1/options.pb.h"

namespace vk::base {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::string UpperCamelCase(std::string_view name) {
  std::string camel;
  bool start = true;
  for (const char c : name) {
    if (c != '_') {
      camel.push_back(start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
    start = c == '_';
  }
  return camel;
}

std::string WireName(const FieldDescriptor& field, JsonNames names) {
  const bool derived = names == JsonNames::kEci && !field.has_json_name();
  return derived ? UpperCamelCase(field.name()) : field.json_name();
}

const Descriptor* MessageType(const FieldDescriptor& field) {
  if (field.is_map()) return field.message_type()->map_value()->message_type();
  return field.message_type();
}

}  // namespace

// All schemas made so far. They refer to each other, in circles where messages do.
class WireSchemas {
 public:
  const WireSchema& Of(const Descriptor& descriptor, JsonNames names) {
    {
      const std::shared_lock lock(mutex_);
      const auto found = schemas_.find({&descriptor, names});
      if (found != schemas_.end()) return *found->second;
    }
    const std::unique_lock lock(mutex_);
    return Make(descriptor, names);
  }

 private:
  const WireSchema& Make(const Descriptor& descriptor, JsonNames names) {
    auto [entry, added] = schemas_.try_emplace({&descriptor, names});
    if (!added) return *entry->second;
    entry->second = std::make_unique<WireSchema>();
    WireSchema& schema = *entry->second;
    schema.scalar_ = static_cast<ScalarForm>(descriptor.options().GetExtension(wire::v1::scalar));
    const bool list = descriptor.options().GetExtension(wire::v1::list);
    for (int index = 0; index < descriptor.field_count(); ++index) {
      const FieldDescriptor& field = *descriptor.field(index);
      const Descriptor* type = MessageType(field);
      const bool embedded =
          names == JsonNames::kKubernetes && field.options().GetExtension(wire::v1::embedded);
      if (!embedded) schema.by_name_.emplace(WireName(field, names), schema.fields_.size());
      schema.fields_.push_back(
          {.descriptor = &field,
           .name = WireName(field, names),
           .pointer = names == JsonNames::kEci || field.options().GetExtension(wire::v1::pointer),
           .always = field.options().GetExtension(wire::v1::always),
           .raw_json = list && field.is_repeated() && field.type() == FieldDescriptor::TYPE_BYTES,
           .embedded = embedded,
           .message = type == nullptr ? nullptr : &Make(*type, names)});
    }
    return schema;
  }

  std::shared_mutex mutex_;
  std::map<std::pair<const Descriptor*, JsonNames>, std::unique_ptr<WireSchema>> schemas_;
};

const WireSchema& WireSchema::Of(const Descriptor& descriptor, JsonNames names) {
  static WireSchemas schemas;
  return schemas.Of(descriptor, names);
}

const WireField* WireSchema::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &fields_[found->second];
}

const WireField* WireSchema::FindEmbedding(std::string_view name) const {
  const auto found = std::ranges::find_if(fields_, [&](const WireField& field) {
    return field.embedded &&
           (field.message->Find(name) != nullptr || field.message->FindEmbedding(name) != nullptr);
  });
  return found == fields_.end() ? nullptr : &*found;
}

}  // namespace vk::base
