#include "provider/kube/testing/versioned_store.h"

#include <google/protobuf/message.h>

#include <ranges>
#include <utility>

#include "proto/kubernetes/meta/v1/meta.pb.h"

namespace vk::kube {

StoredObjectPtr VersionedStore::Find(const StoredKind& kind, const std::string& key) const {
  const auto objects = present_.objects.find(kind.plural());
  if (objects == present_.objects.end()) return nullptr;
  const auto found = objects->second.find(key);
  return found == objects->second.end() ? nullptr : found->second;
}

VersionedStore::Objects VersionedStore::At(const StoredKind& kind, std::uint64_t revision) const {
  const auto present = present_.objects.find(kind.plural());
  Objects objects = present == present_.objects.end() ? Objects() : present->second;
  for (const Change& change : std::views::reverse(changes_)) {
    if (change.revision <= revision) break;
    if (change.kind != &kind) continue;
    const StoredObject& either = change.before ? *change.before : *change.after;
    std::string key = StorageKey(either.ns, either.name);
    if (change.before) {
      objects.insert_or_assign(std::move(key), change.before);
    } else {
      objects.erase(key);
    }
  }
  return objects;
}

Change VersionedStore::Put(const StoredKind& kind, google::protobuf::Message* object) {
  StoredObjectPtr next = Freeze(kind, ++present_.revision, object);
  StoredObjectPtr& place = present_.objects[kind.plural()][StorageKey(next->ns, next->name)];
  Change change{&kind, present_.revision, std::exchange(place, next), next};
  changes_.push_back(change);
  return change;
}

Change VersionedStore::Erase(const StoredKind& kind, const std::string& key) {
  Objects& objects = present_.objects[kind.plural()];
  const auto place = objects.find(key);
  Change change{&kind, ++present_.revision, place->second, nullptr};
  objects.erase(place);
  changes_.push_back(change);
  return change;
}

void VersionedStore::Compact() {
  compacted_ = present_.revision;
  changes_.clear();
}

void VersionedStore::Restore(Snapshot snapshot) {
  present_ = std::move(snapshot);
  Compact();
}

}  // namespace vk::kube
