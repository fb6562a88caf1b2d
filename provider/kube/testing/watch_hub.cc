#include "provider/kube/testing/watch_hub.h"

#include <google/protobuf/message.h>

#include <utility>

#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

WatchEvent MakeEvent(WatchEventType type, std::string object) {
  return {.type = type, .object = std::move(object), .initial_events_end = false, .received = {}};
}

}  // namespace

bool ObjectFilter::Matches(const StoredObject& object) const {
  return (ns.empty() || ns == object.ns) && fields.Matches(object.fields) &&
         labels.Matches(object.labels);
}

WatchId WatchHub::Add(ObjectFilter filter, std::uint64_t after, WatchSink& sink) {
  watches_.emplace(++last_id_, Watch{std::move(filter), after, &sink});
  return last_id_;
}

void WatchHub::Dispatch(const Change& change) const {
  for (const auto& [id, watch] : watches_) {
    if (change.revision <= watch.after) continue;
    if (auto event = Seen(watch.filter, change)) watch.sink->OnEvent(std::move(*event));
  }
}

void WatchHub::SendBookmarks(std::uint64_t revision) const {
  for (const auto& [id, watch] : watches_) {
    if (revision >= watch.after) watch.sink->OnEvent(Bookmark(*watch.filter.kind, revision, false));
  }
}

void WatchHub::BreakAll(const base::Error& error) {
  for (const auto& [id, watch] : std::exchange(watches_, {})) watch.sink->OnBroken(error);
}

std::optional<WatchEvent> WatchHub::Seen(const ObjectFilter& filter, const Change& change) {
  if (filter.kind != change.kind) return std::nullopt;
  const bool before = change.before && filter.Matches(*change.before);
  const bool after = change.after && filter.Matches(*change.after);
  if (after) {
    return MakeEvent(before ? WatchEventType::kModified : WatchEventType::kAdded,
                     change.after->bytes);
  }
  if (!before) return std::nullopt;
  return MakeEvent(WatchEventType::kDeleted,
                   BytesAtRevision(*change.kind, *change.before, change.revision));
}

WatchEvent WatchHub::Bookmark(const StoredKind& kind, std::uint64_t revision,
                              bool initial_events_end) {
  const MessagePtr object = kind.make();
  auto& metadata = MetaOf(object.get());
  metadata.set_resourceversion(std::to_string(revision));
  if (initial_events_end) (*metadata.mutable_annotations())["k8s.io/initial-events-end"] = "true";
  WatchEvent event = MakeEvent(WatchEventType::kBookmark, ToBytes(*object));
  event.initial_events_end = initial_events_end;
  return event;
}

}  // namespace vk::kube
