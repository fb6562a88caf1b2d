#pragma once

#include <algorithm>
#include <vector>

namespace vk::base {

// The entries of `map` in the order of their keys. A protobuf map and an unordered container give
// another order in every process; nothing that reaches a call, a log or a trace may depend on it.
// The pointers live as long as the entries.
template <class Map>
std::vector<const typename Map::value_type*> SortedByKey(const Map& map) {
  std::vector<const typename Map::value_type*> entries;
  entries.reserve(map.size());
  for (const auto& entry : map) entries.push_back(&entry);
  std::ranges::sort(entries, {}, [](const auto* entry) -> const auto& { return entry->first; });
  return entries;
}

}  // namespace vk::base
