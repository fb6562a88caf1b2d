#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "provider/kube/lru_map.h"

namespace vk::kube {

enum class EventType { kNormal, kWarning };

// What an event is about. For a Node give its real UID: `kubectl describe node` asks for it.
struct EventObject {
  std::string api_version;  // "v1"
  std::string kind;
  std::string ns;  // Empty for a cluster-wide kind.
  std::string name;
  std::string uid;
  std::string resource_version;  // May be empty.
  std::string field_path;        // "spec.containers{main}"; may be empty.
};

struct EventNote {
  EventObject about;
  EventType type = EventType::kNormal;
  std::string reason;   // "FailedMount": UpperCamelCase, few in number.
  std::string message;  // For people; at most 1 KiB is kept.
  base::WallTime at;
  bool once = false;  // Told of the object once for this reason, not counted; another process finds
                      // the event by its name, as long as the API server keeps it.
  std::string once_for;  // With `once`: what tells events of one reason apart; may be empty.
};

// How a note reaches the API server: as a new event, or as one more of an event written earlier.
struct CorrelatedEvent {
  std::string name;  // The Event object's, chosen once.
  int count = 1;     // Above 1: patch the event of that name.
  base::WallTime first;
  std::string message;
};

// Keeps events few, with client-go's rules (tools/record/events_cache.go): equal notes are counted;
// ten notes within ten minutes that differ in their message alone become one "(combined from
// similar events)"; one object gets 25 events of a type at once, then one in five minutes.
// Remembers 4096 keys of each. Pure.
class EventCorrelator {
 public:
  explicit EventCorrelator(base::Random random) : random_(random) {}

  // Nothing when the object has had too many, or one that is told once. Counts also what it
  // refuses, so that the next event tells how often it happened.
  std::optional<CorrelatedEvent> Observe(const EventNote& note);

 private:
  struct Similar {
    std::set<std::string> messages;
    base::WallTime last;
  };
  struct Written {
    int count = 0;
    std::string name;
    base::WallTime first;
  };
  struct Bucket {
    double tokens = -1;  // Below 0: new.
    base::WallTime filled;
  };

  bool Spend(const std::string& object, base::WallTime now);
  std::string NameFor(const EventNote& note);

  static constexpr std::size_t kRemembered = 4096;

  base::Random random_;
  std::uint64_t last_named_ = 0;  // Nanoseconds; no two names share one.
  LruMap<Similar> similar_{kRemembered};
  LruMap<Written> written_{kRemembered};
  LruMap<Bucket> buckets_{kRemembered};
};

}  // namespace vk::kube
