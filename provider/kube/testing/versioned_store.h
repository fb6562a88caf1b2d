#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "provider/kube/testing/stored_kind.h"

namespace vk::kube {

// What one write did to one object.
struct Change {
  const StoredKind* kind;
  std::uint64_t revision;
  StoredObjectPtr before;  // Null: it was created.
  StoredObjectPtr after;   // Null: it was deleted.
};

// The objects of all kinds in all versions since the last compaction, under one counter of
// revisions: what etcd is to the API server. No rules, no time. Used on one thread.
class VersionedStore {
 public:
  using Objects = std::map<std::string, StoredObjectPtr>;  // By StorageKey.

  // Everything as of one revision, without the past.
  struct Snapshot {
    std::uint64_t revision = 0;
    std::map<std::string_view, Objects> objects;
  };

  std::uint64_t revision() const { return present_.revision; }
  // Nothing before it is known any more.
  std::uint64_t compacted() const { return compacted_; }
  const std::vector<Change>& changes() const { return changes_; }

  // Null when there is none.
  StoredObjectPtr Find(const StoredKind& kind, const std::string& key) const;

  // The objects of a kind as they were. REQUIRES: compacted() <= revision.
  Objects At(const StoredKind& kind, std::uint64_t revision) const;

  // Writes `object` under the next revision, which it stamps on it.
  Change Put(const StoredKind& kind, google::protobuf::Message* object);

  // REQUIRES: the key exists.
  Change Erase(const StoredKind& kind, const std::string& key);

  void Compact();

  Snapshot TakeSnapshot() const { return present_; }
  // The past is gone and the revisions go on from the snapshot's.
  void Restore(Snapshot snapshot);

 private:
  Snapshot present_;
  std::uint64_t compacted_ = 0;
  std::vector<Change> changes_;
};

}  // namespace vk::kube
