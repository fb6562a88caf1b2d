#pragma once

#include <chrono>

#include "base/random.h"

namespace vk::base {

// How long to wait before try number n+1, as a pure function: doubling from `first` to `cap`, then
// spread by `jitter`. Whether to try again at all is somebody else's question.
struct ExponentialBackoff {
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds cap{30'000};
  double factor = 2.0;  // >= 1
  double jitter = 0.2;  // The wait is drawn from [1 - jitter, 1] of the nominal one, so that `cap`
                        // is never passed.

  // `failures` counts the tries that failed so far, from 1.
  std::chrono::milliseconds Delay(int failures, Random& random) const;
};

}  // namespace vk::base
