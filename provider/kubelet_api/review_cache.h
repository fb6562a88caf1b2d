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

  std::optional<Value> Find(const std::string& key, base::TimePoint now) {
    Entry& entry = entries_[key];
    return entry.until > now ? entry.value : std::nullopt;
  }

  void Keep(const std::string& key, Value value, base::TimePoint until) {
    entries_[key] = {std::move(value), until};
  }

 private:
  struct Entry {
    std::optional<Value> value;
    base::TimePoint until = base::TimePoint::min();
  };
  kube::LruMap<Entry> entries_;
};

}  // namespace vk::kubelet
