#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "provider/kube/lru_map.h"

namespace vk::kubelet {

// What reviews answered, each for its time; of bounded size.
template <class Value>
class ReviewCache {
 public:
  explicit ReviewCache(std::size_t limit) : entries_(limit) {}

  // What was kept for `key` and holds at `now`. Asking for an unknown key makes no room for it.
  std::optional<Value> Find(const std::string& key, base::TimePoint now) {
    const Entry* entry = entries_.Find(key);
    return entry != nullptr && entry->until > now ? std::optional(entry->value) : std::nullopt;
  }

  void Keep(const std::string& key, Value value, base::TimePoint until) {
    entries_[key] = {std::move(value), until};
  }

 private:
  struct Entry {
    Value value{};
    base::TimePoint until{};
  };
  kube::LruMap<Entry> entries_;
};

}  // namespace vk::kubelet
