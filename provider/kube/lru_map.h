#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <utility>

namespace vk::kube {

// A map of bounded size that forgets what was not asked for longest.
template <class Value>
class LruMap {
 public:
  explicit LruMap(std::size_t limit) : limit_(limit) {}

  // The value of `key`, made empty when it is new. The reference lives until the next call.
  Value& operator[](const std::string& key) {
    if (const auto found = places_.find(key); found != places_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return entries_.front().second;
    }
    if (places_.size() == limit_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(key, Value());
    places_.emplace(key, entries_.begin());
    return entries_.front().second;
  }

  // Its value, now the last asked for; null, and nothing changed, when there is none.
  Value* Find(const std::string& key) { return places_.contains(key) ? &(*this)[key] : nullptr; }

  std::size_t size() const { return places_.size(); }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;

  std::size_t limit_;
  Entries entries_;  // Last asked for first.
  std::map<std::string, typename Entries::iterator> places_;
};

}  // namespace vk::kube
