#pragma once

#include <compare>
#include <map>
#include <string>

#include "tools/fake_eci/engine/group/size_table.h"

namespace vk::fake {

// How many groups of a size a zone can still take. Unlimited until somebody sets a number.
class Stock {
 public:
  // What a group occupies in one zone: an instance type, or a size.
  struct Item {
    std::string zone;
    std::string kind;  // "ecs.c6.large", or "2-4" for 2 vCPU and 4 GiB.

    auto operator<=>(const Item&) const = default;
  };

  static std::string KindOf(Size size);

  // Sets what is left; negative: unlimited again. An empty zone or kind stands for all that have no
  // number of their own.
  void Set(const Item& item, int left);
  void Clear() { left_.clear(); }

  // Takes one, or returns false when none is left.
  bool Take(const Item& item);
  void Return(const Item& item);
  bool Has(const Item& item) const;

  const std::map<Item, int>& left() const { return left_; }

 private:
  std::map<Item, int> left_;
};

}  // namespace vk::fake
