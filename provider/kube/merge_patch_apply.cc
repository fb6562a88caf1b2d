#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <memory>
#include <utility>

#include "base/proto_json/json_value.h"
#include "base/proto_json/wire_schema.h"
#include "provider/kube/merge_patch.h"
#include "provider/kube/patch_strategy.h"

namespace vk::kube {
namespace {

namespace json = boost::json;
using base::JsonNames;
using base::Status;
using base::WireField;
using base::WireSchema;
using google::protobuf::Message;

constexpr std::size_t kMaxDepth = 64;

base::Error Bad(const std::string& cause) {
  return {base::ErrorCode::kInvalidArgument, "apply a patch: " + cause};
}

// RFC 7396, section 2.
void ApplyPlain(const json::value& patch, json::value* target) {
  if (!patch.is_object()) {
    *target = patch;
    return;
  }
  if (!target->is_object()) target->emplace_object();
  for (const auto& [name, value] : patch.get_object()) {
    if (value.is_null()) {
      target->get_object().erase(name);
    } else {
      ApplyPlain(value, &target->get_object()[name]);
    }
  }
}

// A member of the patch, wherever embedding puts it; null for what the schema does not know.
const WireField* FieldOf(const WireSchema* schema, std::string_view name) {
  while (schema != nullptr) {
    if (const WireField* field = schema->Find(name)) return field;
    const WireField* embedding = schema->FindEmbedding(name);
    schema = embedding == nullptr ? nullptr : embedding->message;
  }
  return nullptr;
}

std::string_view DirectiveOf(const json::value& patch) {
  const auto* object = patch.if_object();
  const auto* directive = object ? object->if_contains(kPatchDirective) : nullptr;
  return directive && directive->is_string() ? std::string_view(directive->get_string())
                                             : std::string_view();
}

Status Apply(const json::object& patch, const WireSchema* schema, json::object* target);

Status ApplyObject(const json::object& patch, const WireSchema* schema, json::value* target) {
  if (!target->is_object() || DirectiveOf(patch) == "replace") target->emplace_object();
  return Apply(patch, schema, &target->get_object());
}

const json::value* KeyOf(const json::value& item, std::string_view key) {
  const auto* object = item.if_object();
  return object ? object->if_contains(key) : nullptr;
}

// The item of `list` with the key of `item`; the end when there is none.
const json::value* Same(const json::array& list, const json::value& item, std::string_view key) {
  const json::value* wanted = KeyOf(item, key);
  return std::ranges::find_if(list, [key, wanted](const json::value& other) {
    const json::value* had = KeyOf(other, key);
    return wanted != nullptr && had != nullptr && *had == *wanted;
  });
}

// A merged list as the server orders it: what the patch names in the patch's order, each other item
// before the first of those that it stood before. Source: mergeSortedSlice in apimachinery's
// strategicpatch/patch.go.
json::array InServerOrder(const json::array& patch, const json::array& before,
                          const json::array& merged, std::string_view key) {
  json::array named;
  for (const json::value& item : patch) {
    const json::value* found = Same(merged, item, key);
    if (found != merged.end() && Same(named, item, key) == named.end()) named.push_back(*found);
  }
  json::array ordered;
  const json::value* next = named.begin();
  for (const json::value& other : merged) {
    if (Same(named, other, key) != named.end()) continue;
    const json::value* place = Same(before, other, key);
    for (; next != named.end(); ++next) {
      const json::value* stood = Same(before, *next, key);
      if (stood != before.end() && place < stood) break;
      ordered.push_back(*next);
    }
    ordered.push_back(other);
  }
  for (; next != named.end(); ++next) ordered.push_back(*next);
  return ordered;
}

Status ApplyKeyed(const json::array& patch, const WireField& field, json::array* target) {
  const std::string& key = KeyOfItems(*field.descriptor)->json_name();
  const bool replace = std::ranges::any_of(
      patch, [](const json::value& item) { return DirectiveOf(item) == "replace"; });
  if (replace) target->clear();
  const json::array before = *target;
  for (const json::value& item : patch) {
    if (DirectiveOf(item) == "replace") continue;
    const auto* object = item.if_object();
    const json::value* wanted = object ? object->if_contains(key) : nullptr;
    if (wanted == nullptr) return std::unexpected(Bad(field.name + ": an item without " + key));
    auto* place = std::ranges::find_if(*target, [&](const json::value& other) {
      const auto* had = other.is_object() ? other.get_object().if_contains(key) : nullptr;
      return had != nullptr && *had == *wanted;
    });
    if (DirectiveOf(item) == "delete") {
      if (place != target->end()) target->erase(place);
      continue;
    }
    if (replace || place == target->end()) place = target->insert(target->end(), json::object());
    VK_CHECK_OK(ApplyObject(*object, field.message, place));
  }
  if (!replace) *target = InServerOrder(patch, before, *target, key);
  return {};
}

void ApplySet(const json::array& patch, json::array* target) {
  for (const json::value& item : patch)
    if (std::ranges::find(*target, item) == target->end()) target->push_back(item);
}

Status ApplyMember(const json::value& patch, const WireField* field, json::value* target) {
  if (const auto* object = patch.if_object()) {
    const bool map = field != nullptr && field->descriptor->is_map();
    return ApplyObject(*object, field == nullptr || map ? nullptr : field->message, target);
  }
  const PatchStrategy strategy =
      field == nullptr ? PatchStrategy::kPlain : StrategyOf(*field->descriptor);
  if (!patch.is_array() || strategy == PatchStrategy::kPlain) {
    *target = patch;
    return {};
  }
  if (!target->is_array()) target->emplace_array();
  if (strategy != PatchStrategy::kMergeAsSet)
    return ApplyKeyed(patch.get_array(), *field, &target->get_array());
  ApplySet(patch.get_array(), &target->get_array());
  return {};
}

Status Apply(const json::object& patch, const WireSchema* schema, json::object* target) {
  for (const auto& [name, value] : patch) {
    const std::string_view key = name;
    if (key.starts_with(kDeleteFromList)) {
      json::value* list = target->if_contains(key.substr(kDeleteFromList.size()));
      if (list == nullptr || !list->is_array() || !value.is_array()) continue;
      for (const json::value& gone : value.get_array()) {
        auto* found = std::ranges::find(list->get_array(), gone);
        if (found != list->get_array().end()) list->get_array().erase(found);
      }
    } else if (key.starts_with('$')) {
      continue;  // $patch was seen by the caller; order and retained keys do not change contents.
    } else if (value.is_null()) {
      target->erase(key);
    } else {
      VK_CHECK_OK(ApplyMember(value, FieldOf(schema, key), &(*target)[key]));
    }
  }
  return {};
}

}  // namespace

Status ApplyMergePatch(PatchType type, std::string_view patch, Message* object) {
  boost::system::error_code error;
  json::parse_options limits;
  limits.max_depth = kMaxDepth;
  const json::value parsed = json::parse({patch.data(), patch.size()}, error, {}, limits);
  if (error) return std::unexpected(Bad("it is not JSON: " + error.message()));
  if (!parsed.is_object()) return std::unexpected(Bad("it is not a JSON object"));
  VK_TRY(target, base::ToJsonValue(*object, JsonNames::kKubernetes));
  if (type == PatchType::kMerge) {
    ApplyPlain(parsed, &target);
  } else {
    const WireSchema& schema = WireSchema::Of(*object->GetDescriptor(), JsonNames::kKubernetes);
    VK_CHECK_OK(ApplyObject(parsed.get_object(), &schema, &target));
  }
  const std::unique_ptr<Message> changed(object->New());
  if (auto read = base::FromJsonValue(target, JsonNames::kKubernetes, changed.get()); !read)
    return std::unexpected(std::move(read).error().In("apply a patch"));
  object->GetReflection()->Swap(object, changed.get());
  return {};
}

}  // namespace vk::kube
