#include "provider/kube/merge_patch.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include "base/proto_json/field_value.h"
#include "base/proto_json/json_value.h"
#include "base/proto_json/wire_schema.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/patch_strategy.h"

namespace vk::kube {
namespace {

namespace json = boost::json;
namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;
using base::JsonNames;
using base::Result;
using base::ScalarForm;
using base::Status;
using base::WireField;
using base::WireSchema;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const WireSchema& SchemaOf(const Message& message) {
  return WireSchema::Of(*message.GetDescriptor(), JsonNames::kKubernetes);
}

const Message& Sub(const Message& message, const FieldDescriptor& field) {
  return message.GetReflection()->GetMessage(message, &field);
}

bool Has(const Message& message, const FieldDescriptor& field) {
  return message.GetReflection()->HasField(message, &field);
}

Result<json::value> Value(const Message& message, const FieldDescriptor& field) {
  return base::FieldToJsonValue(message, field, JsonNames::kKubernetes);
}

bool IsWritten(const Message& message, const FieldDescriptor& field) {
  return field.is_repeated() ? message.GetReflection()->FieldSize(message, &field) > 0
                             : Has(message, field);
}

bool IsEmpty(const Message& message) { return message.ByteSizeLong() == 0; }

json::object Directive(std::string_view what) { return {{kPatchDirective, json::string(what)}}; }

// A list's items with the JSON of their keys.
struct KeyedItems {
  std::vector<std::pair<json::value, const Message*>> items;
  bool unique = true;

  const Message* Find(const json::value& key) const {
    const auto found = std::ranges::find(items, key, [](const auto& item) { return item.first; });
    return found == items.end() ? nullptr : found->second;
  }
};

Result<KeyedItems> ItemsOf(const Message& message, const FieldDescriptor& field) {
  KeyedItems keyed;
  const FieldDescriptor& key_field = *KeyOfItems(field);
  const int count = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < count; ++i) {
    const Message& item = message.GetReflection()->GetRepeatedMessage(message, &field, i);
    VK_TRY(key, Value(item, key_field));
    if (keyed.Find(key) != nullptr) keyed.unique = false;
    keyed.items.emplace_back(std::move(key), &item);
  }
  return keyed;
}

Status Diff(const Message& before, const Message& after, json::object* patch);

// What a scalar, or a message that is one, looks like; nothing when it is not written.
Result<std::optional<json::value>> Written(const Message& message, const WireField& field) {
  const FieldDescriptor& descriptor = *field.descriptor;
  const bool has = Has(message, descriptor);
  if (!has && !field.always) return std::optional<json::value>();
  if (field.message != nullptr) {
    const bool time = field.message->scalar() == ScalarForm::kTime ||
                      field.message->scalar() == ScalarForm::kMicroTime;
    if (!has || (time && IsEmpty(Sub(message, descriptor)))) return std::optional<json::value>();
  }
  VK_TRY(value, Value(message, descriptor));
  if (field.message == nullptr && !field.pointer && !field.always) {
    const auto& zero = *google::protobuf::MessageFactory::generated_factory()->GetPrototype(
        message.GetDescriptor());
    VK_TRY(nothing, Value(zero, descriptor));
    if (value == nothing) return std::optional<json::value>();
  }
  return std::optional<json::value>(std::move(value));
}

Status DiffScalar(const Message& before, const Message& after, const WireField& field,
                  json::object* patch) {
  const FieldDescriptor& descriptor = *field.descriptor;
  const bool plain = field.message == nullptr && Has(before, descriptor) && Has(after, descriptor);
  if (plain && base::GetField(before, descriptor) == base::GetField(after, descriptor)) return {};
  VK_TRY(old_value, Written(before, field));
  VK_TRY(new_value, Written(after, field));
  if (old_value == new_value) return {};
  (*patch)[field.name] = new_value ? std::move(*new_value) : json::value();
  return {};
}

Status DiffMessage(const Message& before, const Message& after, const WireField& field,
                   json::object* patch) {
  const FieldDescriptor& descriptor = *field.descriptor;
  const bool had = Has(before, descriptor);
  if (!Has(after, descriptor)) {
    if (had && !IsEmpty(Sub(before, descriptor))) (*patch)[field.name] = nullptr;
    return {};
  }
  if (!had) {
    VK_TRY(value, Value(after, descriptor));
    (*patch)[field.name] = std::move(value);
    return {};
  }
  json::object inner;
  VK_CHECK_OK(Diff(Sub(before, descriptor), Sub(after, descriptor), &inner));
  if (inner.empty()) return {};
  if (StrategyOf(descriptor) == PatchStrategy::kReplace) {
    VK_TRY(value, Value(after, descriptor));
    inner = std::move(value.as_object());
    inner[kPatchDirective] = "replace";
  }
  (*patch)[field.name] = std::move(inner);
  return {};
}

void DiffMap(const json::object& before, const json::object& after, const std::string& name,
             json::object* patch) {
  json::object inner;
  for (const auto& [key, value] : after) {
    const json::value* had = before.if_contains(key);
    if (had == nullptr || *had != value) inner[key] = value;
  }
  for (const auto& [key, value] : before)
    if (!after.contains(key)) inner[key] = nullptr;
  if (!inner.empty()) (*patch)[name] = std::move(inner);
}

void DiffSet(const json::array& before, const json::array& after, const std::string& name,
             json::object* patch) {
  const auto missing = [](const json::array& from, const json::array& in) {
    json::array missing_items;
    for (const json::value& item : from)
      if (std::ranges::find(in, item) == in.end()) missing_items.push_back(item);
    return missing_items;
  };
  if (json::array added = missing(after, before); !added.empty()) (*patch)[name] = std::move(added);
  if (json::array removed = missing(before, after); !removed.empty())
    (*patch)[std::string(kDeleteFromList) + name] = std::move(removed);
}

Status DiffKeyed(const KeyedItems& before, const KeyedItems& after, const WireField& field,
                 json::object* patch) {
  const std::string& key_name = KeyOfItems(*field.descriptor)->json_name();
  json::array items;
  for (const auto& [key, item] : after.items) {
    const Message* had = before.Find(key);
    if (had == nullptr) {
      VK_TRY(whole, base::ToJsonValue(*item, JsonNames::kKubernetes));
      items.push_back(std::move(whole));
      continue;
    }
    json::object inner;
    VK_CHECK_OK(Diff(*had, *item, &inner));
    if (inner.empty()) continue;
    inner[key_name] = key;
    items.push_back(std::move(inner));
  }
  for (const auto& [key, item] : before.items) {
    if (after.Find(key) != nullptr) continue;
    json::object gone = Directive("delete");
    gone[key_name] = key;
    items.push_back(std::move(gone));
  }
  if (!items.empty()) (*patch)[field.name] = std::move(items);
  return {};
}

// Whether two lists of messages differ in nothing that a patch would name: the server writes empty
// structs where we leave them out.
Result<bool> SameItems(const Message& before, const Message& after, const FieldDescriptor& field) {
  if (field.message_type() == nullptr) return false;
  const int count = after.GetReflection()->FieldSize(after, &field);
  if (before.GetReflection()->FieldSize(before, &field) != count) return false;
  for (int i = 0; i < count; ++i) {
    json::object difference;
    VK_CHECK_OK(Diff(before.GetReflection()->GetRepeatedMessage(before, &field, i),
                     after.GetReflection()->GetRepeatedMessage(after, &field, i), &difference));
    if (!difference.empty()) return false;
  }
  return true;
}

Status DiffWholeList(const Message& before, const Message& after, const WireField& field,
                     PatchStrategy strategy, json::object* patch) {
  VK_TRY(old_value, Value(before, *field.descriptor));
  VK_TRY(new_value, Value(after, *field.descriptor));
  if (old_value == new_value) return {};
  json::array& whole = new_value.as_array();
  if (strategy == PatchStrategy::kMergeAsSet) {
    DiffSet(old_value.as_array(), whole, field.name, patch);
    return {};
  }
  VK_TRY(same, SameItems(before, after, *field.descriptor));
  if (same) return {};
  if (strategy != PatchStrategy::kPlain) {
    whole.push_back(Directive("replace"));
    (*patch)[field.name] = std::move(whole);
    return {};
  }
  (*patch)[field.name] = whole.empty() ? json::value() : std::move(new_value);
  return {};
}

Status DiffList(const Message& before, const Message& after, const WireField& field,
                json::object* patch) {
  const PatchStrategy strategy = StrategyOf(*field.descriptor);
  if (strategy == PatchStrategy::kMergeByKey) {
    VK_TRY(old_items, ItemsOf(before, *field.descriptor));
    VK_TRY(new_items, ItemsOf(after, *field.descriptor));
    if (old_items.unique && new_items.unique) return DiffKeyed(old_items, new_items, field, patch);
  }
  return DiffWholeList(before, after, field, strategy, patch);
}

Status DiffField(const Message& before, const Message& after, const WireField& field,
                 json::object* patch) {
  const FieldDescriptor& descriptor = *field.descriptor;
  if (!IsWritten(before, descriptor) && !IsWritten(after, descriptor)) return {};
  if (field.embedded) return Diff(Sub(before, descriptor), Sub(after, descriptor), patch);
  if (descriptor.is_map()) {
    VK_TRY(old_value, Value(before, descriptor));
    VK_TRY(new_value, Value(after, descriptor));
    DiffMap(old_value.as_object(), new_value.as_object(), field.name, patch);
    return {};
  }
  if (descriptor.is_repeated()) return DiffList(before, after, field, patch);
  if (field.message != nullptr && field.message->scalar() == ScalarForm::kNone)
    return DiffMessage(before, after, field, patch);
  return DiffScalar(before, after, field, patch);
}

Status Diff(const Message& before, const Message& after, json::object* patch) {
  for (const WireField& field : SchemaOf(after).fields())
    VK_CHECK_OK(DiffField(before, after, field, patch));
  return {};
}

void NameUid(const Message& object, json::object* patch) {
  const FieldDescriptor* field = object.GetDescriptor()->FindFieldByName("metadata");
  if (field == nullptr || field->message_type() != meta::ObjectMeta::descriptor()) return;
  const auto& metadata = static_cast<const meta::ObjectMeta&>(Sub(object, *field));
  if (metadata.uid().empty()) return;
  json::value& member = (*patch)["metadata"];
  if (!member.is_object()) member.emplace_object();
  member.as_object()["uid"] = metadata.uid();
}

}  // namespace

Result<std::string> MakeMergePatch(const Message& before, const Message& after) {
  json::object patch;
  VK_CHECK_OK(Diff(before, after, &patch));
  if (patch.empty()) return std::string();
  NameUid(before, &patch);
  return json::serialize(patch);
}

}  // namespace vk::kube
