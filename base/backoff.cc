#include "base/backoff.h"

#include <algorithm>
#include <cmath>

namespace vk::base {

std::chrono::milliseconds ExponentialBackoff::Delay(int failures, Random& random) const {
  const double limit = static_cast<double>(cap.count());
  const double grown =
      static_cast<double>(first.count()) * std::pow(factor, std::max(0, failures - 1));
  const double nominal = std::min(limit, grown);
  const double drawn = nominal * (1.0 - jitter * random.Fraction());
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(drawn));
}

}  // namespace vk::base
