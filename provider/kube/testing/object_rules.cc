#include "provider/kube/testing/object_rules.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/event.pb.h"
#include "proto/kubernetes/core/v1/node.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/service.pb.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/custom_resources.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/object_time.h"
#include "provider/kube/testing/api_error.h"
#include "provider/kube/testing/pod_rules.h"

namespace vk::kube {
namespace {

namespace pb = google::protobuf;
namespace core = k8s::io::api::core::v1;
namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

// The admission plugin TaintNodesByCondition.
void PrepareNode(core::Node* node) {
  core::Taint taint;
  taint.set_key("node.kubernetes.io/not-ready");
  taint.set_effect("NoSchedule");
  const bool there = std::ranges::any_of(node->spec().taints(), [&taint](const core::Taint& other) {
    return other.key() == taint.key() && other.effect() == taint.effect();
  });
  if (!there) *node->mutable_spec()->add_taints() = std::move(taint);
}

void PrepareSecret(core::Secret* secret) {
  if (secret->type().empty()) secret->set_type("Opaque");
  for (const auto& [key, text] : secret->stringdata()) (*secret->mutable_data())[key] = text;
  secret->clear_stringdata();
}

void PrepareService(core::Service* service) {
  core::ServiceSpec& spec = *service->mutable_spec();
  if (spec.type().empty()) spec.set_type("ClusterIP");
  if (spec.sessionaffinity().empty()) spec.set_sessionaffinity("None");
  for (core::ServicePort& port : *spec.mutable_ports()) {
    if (port.protocol().empty()) port.set_protocol("TCP");
  }
}

void PrepareNamespace(core::Namespace* object) {
  meta::ObjectMeta& metadata = *object->mutable_metadata();
  (*metadata.mutable_labels())["kubernetes.io/metadata.name"] = metadata.name();
  object->mutable_status()->set_phase("Active");
}

base::Status CheckEvent(const core::Event& event) {
  const std::string& about = event.involvedobject().namespace_();
  const std::string& ns = event.metadata().namespace_();
  if (about.empty() ? ns == "default" || ns == "kube-system" : about == ns) return {};
  return std::unexpected(Invalid("Event", event.metadata().name(), "involvedObject.namespace",
                                 "does not match event.namespace"));
}

base::Status PrepareKind(pb::Message* object) {
  if (auto* pod = dynamic_cast<core::Pod*>(object)) return PreparePodCreate(pod);
  if (const auto* event = dynamic_cast<const core::Event*>(object)) return CheckEvent(*event);
  if (auto* node = dynamic_cast<core::Node*>(object)) PrepareNode(node);
  if (auto* secret = dynamic_cast<core::Secret*>(object)) PrepareSecret(secret);
  if (auto* service = dynamic_cast<core::Service*>(object)) PrepareService(service);
  if (auto* ns = dynamic_cast<core::Namespace*>(object)) PrepareNamespace(ns);
  return {};
}

// Copies a field whole, or its absence.
void KeepField(const char* name, const pb::Message& old, pb::Message* next) {
  const pb::FieldDescriptor* field = old.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) return;
  if (old.GetReflection()->HasField(old, field)) {
    next->GetReflection()
        ->MutableMessage(next, field)
        ->CopyFrom(old.GetReflection()->GetMessage(old, field));
  } else {
    next->GetReflection()->ClearField(next, field);
  }
}

base::Status KeepMetadata(const StoredKind& kind, const meta::ObjectMeta& old,
                          meta::ObjectMeta* next) {
  if (next->uid().empty()) next->set_uid(old.uid());
  if (next->uid() != old.uid())
    return std::unexpected(
        Invalid(kind.resource.kind, old.name(), "metadata.uid", "field is immutable"));
  *next->mutable_creationtimestamp() = old.creationtimestamp();
  next->set_generation(old.generation());
  if (!old.has_generation()) next->clear_generation();
  next->clear_deletiontimestamp();
  next->clear_deletiongraceperiodseconds();
  if (!old.has_deletiontimestamp()) return {};
  *next->mutable_deletiontimestamp() = old.deletiontimestamp();
  next->set_deletiongraceperiodseconds(old.deletiongraceperiodseconds());
  for (const std::string& finalizer : next->finalizers()) {
    if (std::ranges::find(old.finalizers(), finalizer) == old.finalizers().end())
      return std::unexpected(
          Invalid(kind.resource.kind, old.name(), "metadata.finalizers",
                  "no new finalizers can be added if the object is being deleted"));
  }
  return {};
}

// In a custom resource whatever is neither metadata nor status counts.
void CountGeneration(const pb::Message& old, pb::Message* next) {
  const std::unique_ptr<pb::Message> same(next->New());
  same->CopyFrom(old);
  const auto* spec = old.GetDescriptor()->FindFieldByName("spec");
  same->GetReflection()->ClearField(same.get(), spec);
  if (next->GetReflection()->HasField(*next, spec)) {
    same->GetReflection()
        ->MutableMessage(same.get(), spec)
        ->CopyFrom(next->GetReflection()->GetMessage(*next, spec));
  }
  if (ToBytes(*same) != ToBytes(old)) MetaOf(next).set_generation(MetaOf(old).generation() + 1);
}

void MarkDeleting(base::WallTime at, std::int64_t grace, meta::ObjectMeta* metadata) {
  if (!metadata->has_deletiontimestamp() && metadata->generation() > 0)
    metadata->set_generation(metadata->generation() + 1);
  SetTime(at, metadata->mutable_deletiontimestamp());
  metadata->set_deletiongraceperiodseconds(grace);
}

// What an object gets that cannot wait, or has waited.
DeletionStep MarkForRemoval(base::WallTime now, meta::ObjectMeta* metadata) {
  if (metadata->finalizers().empty()) return DeletionStep::kRemove;
  if (metadata->has_deletiontimestamp()) return DeletionStep::kNone;
  MarkDeleting(now, 0, metadata);
  return DeletionStep::kUpdate;
}

}  // namespace

base::Status PrepareCreate(const StoredKind& kind, base::WallTime now, std::string uid,
                           pb::Message* object) {
  meta::ObjectMeta& metadata = MetaOf(object);
  if (metadata.name().empty())
    return std::unexpected(
        Invalid(kind.resource.kind, "", "metadata.name", "name or generateName is required"));
  metadata.set_uid(std::move(uid));
  SetTime(now, metadata.mutable_creationtimestamp());
  metadata.clear_generation();
  if (MessageOfJsonKind(kind.resource)) {
    metadata.set_generation(1);
    object->GetReflection()->ClearField(object, object->GetDescriptor()->FindFieldByName("status"));
  }
  metadata.clear_deletiontimestamp();
  metadata.clear_deletiongraceperiodseconds();
  return PrepareKind(object);
}

base::Status PrepareUpdate(const StoredKind& kind, std::string_view subresource,
                           const pb::Message& old, pb::Message* next) {
  VK_CHECK_OK(KeepMetadata(kind, MetaOf(old), &MetaOf(next)));
  const bool status = subresource == "status";
  if (const auto* pod = dynamic_cast<const core::Pod*>(&old)) {
    auto* changed = static_cast<core::Pod*>(next);
    return status ? PreparePodStatusUpdate(*pod, changed) : PreparePodUpdate(*pod, changed);
  }
  if (kind.has_status) KeepField(status ? "spec" : "status", old, next);
  if (MessageOfJsonKind(kind.resource)) CountGeneration(old, next);
  if (const auto* node = dynamic_cast<const core::Node*>(&old)) {
    const std::string& id = node->spec().providerid();
    if (!id.empty() && id != static_cast<const core::Node*>(next)->spec().providerid())
      return std::unexpected(Invalid("Node", node->metadata().name(), "spec.providerID",
                                     "node updates may not change it once it is set"));
  }
  return {};
}

bool DeletionIsDue(const pb::Message& object) {
  const meta::ObjectMeta& metadata = MetaOf(object);
  return metadata.has_deletiontimestamp() && metadata.deletiongraceperiodseconds() == 0 &&
         metadata.finalizers().empty();
}

DeletionStep MarkForDeletion(std::optional<std::int64_t> grace, base::WallTime now,
                             pb::Message* object) {
  meta::ObjectMeta& metadata = MetaOf(object);
  const auto* pod = dynamic_cast<const core::Pod*>(object);
  if (pod == nullptr) return MarkForRemoval(now, &metadata);
  if (grace && *grace < 0) grace = 1;
  const bool begun = metadata.has_deletiontimestamp();
  const std::int64_t left = metadata.deletiongraceperiodseconds();
  if (begun && left == 0) return MarkForRemoval(now, &metadata);
  if (begun && (!grace || *grace >= left)) return DeletionStep::kNone;
  const std::int64_t given = begun ? *grace : DeletionGrace(*pod, grace);
  const base::WallTime start =
      begun ? base::WallTime(std::chrono::seconds(metadata.deletiontimestamp().seconds() - left))
            : now;
  MarkDeleting(start + std::chrono::seconds(given), given, &metadata);
  return given == 0 && metadata.finalizers().empty() ? DeletionStep::kUpdateAndRemove
                                                     : DeletionStep::kUpdate;
}

}  // namespace vk::kube
