#include "provider/kube/testing/stored_kind.h"

#include <google/protobuf/message.h>

#include <array>
#include <chrono>

#include "proto/kubernetes/coordination/v1/lease.pb.h"
#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/event.pb.h"
#include "proto/kubernetes/core/v1/node.pb.h"
#include "proto/kubernetes/core/v1/persistent_volume.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/service.pb.h"
#include "proto/kubernetes/core/v1/volume_claim.pb.h"
#include "proto/kubernetes/discovery/v1/endpoint_slice.pb.h"
#include "proto/kubernetes/image_cache.pb.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/custom_resources.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

namespace pb = google::protobuf;
namespace core = k8s::io::api::core::v1;
namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

template <class T>
MessagePtr Make() {
  return std::make_unique<T>();
}

const std::array<StoredKind, 13>& Kinds() {
  static const std::array<StoredKind, 13> kinds = {{
      {.resource = kPods,
       .make = Make<core::Pod>,
       .has_status = true,
       .fields = {"spec.nodeName", "spec.restartPolicy", "status.phase"}},
      {.resource = kNodes,
       .make = Make<core::Node>,
       .has_status = true,
       .fields = {"spec.unschedulable"}},
      {.resource = kConfigMaps, .make = Make<core::ConfigMap>, .fields = {}},
      {.resource = kSecrets, .make = Make<core::Secret>, .fields = {"type"}},
      {.resource = kPersistentVolumeClaims,
       .make = Make<core::PersistentVolumeClaim>,
       .has_status = true,
       .fields = {}},
      {.resource = kPersistentVolumes,
       .make = Make<core::PersistentVolume>,
       .has_status = true,
       .fields = {}},
      {.resource = kServices,
       .make = Make<core::Service>,
       .has_status = true,
       .create_on_update = true,
       .fields = {"spec.clusterIP", "spec.type"}},
      {.resource = kEndpointSlices,
       .make = Make<k8s::io::api::discovery::v1::EndpointSlice>,
       .fields = {}},
      {.resource = kServiceAccounts,
       .make = Make<core::ServiceAccount>,
       .unconditional_update = false,
       .fields = {}},
      {.resource = kNamespaces,
       .make = Make<core::Namespace>,
       .has_status = true,
       .fields = {"status.phase"}},
      {.resource = kEvents,
       .make = Make<core::Event>,
       .create_on_update = true,
       .fields = {"involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
                  "involvedObject.uid", "involvedObject.fieldPath", "reason", "type"}},
      {.resource = kLeases,
       .make = Make<k8s::io::api::coordination::v1::Lease>,
       .unconditional_update = false,
       .create_on_update = true,
       .fields = {}},
      {.resource = kImageCaches,
       .make = Make<kubernetes::ImageCache>,
       .has_status = true,
       .fields = {}},
  }};
  return kinds;
}

std::string FieldText(const pb::Message& object, std::string_view path) {
  const std::string_view head = path.substr(0, path.find('.'));
  const pb::FieldDescriptor* field = object.GetDescriptor()->FindFieldByName(std::string(head));
  const pb::Reflection* reflection = object.GetReflection();
  if (head.size() < path.size())
    return FieldText(reflection->GetMessage(object, field), path.substr(head.size() + 1));
  if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_BOOL)
    return reflection->GetBool(object, field) ? "true" : "false";
  return reflection->GetString(object, field);
}

}  // namespace

const StoredKind* FindKind(const Resource& resource) {
  for (const StoredKind& kind : Kinds()) {
    if (kind.plural() == resource.plural && kind.resource.group == resource.group) return &kind;
  }
  return nullptr;
}

std::string StorageKey(std::string_view ns, std::string_view name) {
  if (ns.empty()) return std::string(name);
  return std::string(ns).append("/").append(name);
}

std::vector<std::string_view> SelectableFields(const StoredKind& kind) {
  std::vector<std::string_view> fields = {"metadata.name", "metadata.namespace"};
  fields.insert(fields.end(), kind.fields.begin(), kind.fields.end());
  return fields;
}

StoredObjectPtr Freeze(const StoredKind& kind, std::uint64_t revision, pb::Message* object) {
  meta::ObjectMeta& metadata = MetaOf(object);
  metadata.set_resourceversion(std::to_string(revision));
  auto stored = std::make_shared<StoredObject>();
  stored->bytes = ToBytes(*object);
  stored->revision = revision;
  stored->ns = metadata.namespace_();
  stored->name = metadata.name();
  stored->labels = {metadata.labels().begin(), metadata.labels().end()};
  for (const std::string_view field : SelectableFields(kind))
    stored->fields.emplace(field, FieldText(*object, field));
  return stored;
}

MessagePtr Thaw(const StoredKind& kind, const StoredObject& object) {
  MessagePtr message = kind.make();
  message->ParseFromString(object.bytes);
  return message;
}

std::string BytesAtRevision(const StoredKind& kind, const StoredObject& object,
                            std::uint64_t revision) {
  const MessagePtr message = Thaw(kind, object);
  MetaOf(message.get()).set_resourceversion(std::to_string(revision));
  return ToBytes(*message);
}

meta::ObjectMeta& MetaOf(pb::Message* object) {
  const pb::FieldDescriptor* field = object->GetDescriptor()->FindFieldByName("metadata");
  return static_cast<meta::ObjectMeta&>(*object->GetReflection()->MutableMessage(object, field));
}

const meta::ObjectMeta& MetaOf(const pb::Message& object) {
  const pb::FieldDescriptor* field = object.GetDescriptor()->FindFieldByName("metadata");
  return static_cast<const meta::ObjectMeta&>(object.GetReflection()->GetMessage(object, field));
}

}  // namespace vk::kube
