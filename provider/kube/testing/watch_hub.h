#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/testing/selector.h"
#include "provider/kube/testing/versioned_store.h"

namespace vk::kube {

// The client's end of a watch. Called inside the verb that changed something: it must not call the
// server back.
class WatchSink {
 public:
  virtual ~WatchSink() = default;

  // `event.received` is the sink's to fill.
  virtual void OnEvent(WatchEvent event) = 0;
  // The last call.
  virtual void OnBroken(base::Error error) = 0;
};

using WatchId = std::uint64_t;

// Which objects a list or a watch is about.
struct ObjectFilter {
  const StoredKind* kind;
  std::string ns;  // Empty: all.
  Selector fields;
  Selector labels;

  bool Matches(const StoredObject& object) const;
};

// The watches that are running, and what each sees of a change: an object that begins to match is
// ADDED, one that ceases to is DELETED. Source: Kubernetes API concepts, "efficient detection of
// changes"; pkg/storage/cacher of k8s.io/apiserver.
class WatchHub {
 public:
  // Changes up to `after` are not for this watch, also if the server's revision is behind it, as
  // after a restore: real servers stay silent until they have caught up.
  WatchId Add(ObjectFilter filter, std::uint64_t after, WatchSink& sink);
  void Remove(WatchId id) { watches_.erase(id); }

  void Dispatch(const Change& change) const;
  void SendBookmarks(std::uint64_t revision) const;
  void BreakAll(const base::Error& error);

  std::size_t size() const { return watches_.size(); }

  // What a watch with `filter` sees of `change`; nothing if it is not concerned.
  static std::optional<WatchEvent> Seen(const ObjectFilter& filter, const Change& change);
  static WatchEvent Bookmark(const StoredKind& kind, std::uint64_t revision,
                             bool initial_events_end);

 private:
  struct Watch {
    ObjectFilter filter;
    std::uint64_t after;
    WatchSink* sink;
  };

  std::map<WatchId, Watch> watches_;
  WatchId last_id_ = 0;
};

}  // namespace vk::kube
