#include "tools/fake_eci/engine/stock.h"

#include <fmt/format.h>

namespace vk::fake {
namespace {

// The entry that holds for `item`: its own, its zone's, its kind's, or the general one.
template <class Map>
auto FindEntry(Map& left, const Stock::Item& item) {
  for (const Stock::Item& candidate :
       {item, Stock::Item{item.zone, ""}, Stock::Item{"", item.kind}, Stock::Item{"", ""}}) {
    if (const auto it = left.find(candidate); it != left.end()) return it;
  }
  return left.end();
}

}  // namespace

std::string Stock::KindOf(Size size) { return fmt::format("{}-{}", size.cpu, size.memory); }

void Stock::Set(const Item& item, int left) {
  if (left < 0) {
    left_.erase(item);
  } else {
    left_[item] = left;
  }
}

bool Stock::Has(const Item& item) const {
  const auto it = FindEntry(left_, item);
  return it == left_.end() || it->second > 0;
}

bool Stock::Take(const Item& item) {
  const auto it = FindEntry(left_, item);
  if (it == left_.end()) return true;
  if (it->second == 0) return false;
  --it->second;
  return true;
}

void Stock::Return(const Item& item) {
  if (const auto it = FindEntry(left_, item); it != left_.end()) ++it->second;
}

}  // namespace vk::fake
