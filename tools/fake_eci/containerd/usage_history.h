#pragma once

#include <chrono>
#include <deque>
#include <vector>

#include "base/clock.h"
#include "tools/fake_eci/engine/group/usage.h"

namespace vk::fake {

// What a group has used, as DescribeContainerGroupMetric may ask for it: every sample of the last
// five minutes, then one a minute, for 30 days. Pure.
class UsageHistory {
 public:
  static constexpr std::chrono::minutes kWhole{5};
  static constexpr std::chrono::minutes kStep{1};
  static constexpr std::chrono::days kKept{30};

  // Its nano_cores are reckoned from the one before; a container that began anew has none.
  // REQUIRES: it is no older than the last one.
  void Add(UsageSample sample);

  // Those after `from`, up to `until`; oldest first.
  std::vector<UsageSample> Between(base::WallTime from, base::WallTime until) const;

 private:
  std::deque<UsageSample> old_;  // At least kStep apart.
  std::deque<UsageSample> recent_;
};

}  // namespace vk::fake
