#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "provider/kube/kube_api.h"

namespace google::protobuf {
class Message;
}
namespace k8s::io::apimachinery::pkg::apis::meta::v1 {
class ObjectMeta;
class Time;
}  // namespace k8s::io::apimachinery::pkg::apis::meta::v1

namespace vk::kube {

using MessagePtr = std::unique_ptr<google::protobuf::Message>;

// One kind that the in-memory server keeps, and where its rules differ from those of others.
// Source: the strategies under pkg/registry of Kubernetes.
struct StoredKind {
  Resource resource;
  MessagePtr (*make)();
  bool has_status = false;               // Status is a subresource; else part of the object.
  bool unconditional_update = true;      // PUT without resourceVersion is taken.
  bool create_on_update = false;         // PUT of what is absent creates it.
  std::vector<std::string_view> fields;  // That select, besides metadata.name and .namespace.

  std::string_view plural() const { return resource.plural; }
};

// Null when this server does not keep `resource`.
const StoredKind* FindKind(const Resource& resource);

// One version of one object: immutable, shared by the present state and the past.
struct StoredObject {
  std::string bytes;  // The bytes of its own message, deterministic, resourceVersion included.
  std::uint64_t revision = 0;
  std::string ns;
  std::string name;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> fields;
};
using StoredObjectPtr = std::shared_ptr<const StoredObject>;

// Where an object sorts, as in etcd: "ns/name", or the name alone.
std::string StorageKey(std::string_view ns, std::string_view name);

// The names that field selectors may use for `kind`.
std::vector<std::string_view> SelectableFields(const StoredKind& kind);

// Freezes `object` as the version `revision`, which it also writes into it.
StoredObjectPtr Freeze(const StoredKind& kind, std::uint64_t revision,
                       google::protobuf::Message* object);

// The message of a stored version.
MessagePtr Thaw(const StoredKind& kind, const StoredObject& object);

// The same version under another number, as a DELETED event shows it.
std::string BytesAtRevision(const StoredKind& kind, const StoredObject& object,
                            std::uint64_t revision);

// The metadata that every kind has.
k8s::io::apimachinery::pkg::apis::meta::v1::ObjectMeta& MetaOf(google::protobuf::Message* object);
const k8s::io::apimachinery::pkg::apis::meta::v1::ObjectMeta& MetaOf(
    const google::protobuf::Message& object);

}  // namespace vk::kube
