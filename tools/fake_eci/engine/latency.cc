#include "tools/fake_eci/engine/latency.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace vk::fake {
namespace {

std::vector<int> Shuffle(int count, base::Random random) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int i = count - 1; i > 0; --i) {
    std::swap(order[static_cast<std::size_t>(i)],
              order[static_cast<std::size_t>(random.Between(0, i))]);
  }
  return order;
}

}  // namespace

Duration Distribution::At(double share) const {
  if (points_.empty()) return Duration::zero();
  share = std::clamp(share, 0.0, 1.0);
  const auto right =
      std::ranges::find_if(points_, [&](const Point& p) { return p.share >= share; });
  std::chrono::duration<double> time;
  if (right == points_.begin()) {
    time = right->time;
  } else if (right == points_.end()) {
    time = points_.back().time;
  } else {
    const auto left = right - 1;
    const double part = (share - left->share) / (right->share - left->share);
    time = left->time + part * (right->time - left->time);
  }
  return std::chrono::duration_cast<Duration>(time);
}

LatencyModel::LatencyModel(LatencyProfile profile)
    : profile_(std::move(profile)),
      random_(base::Random(profile_.seed).Split("latency")),
      calls_(base::Random(profile_.seed).Split("calls")),
      start_order_(Shuffle(kStrata, base::Random(profile_.seed).Split("start"))),
      pull_order_(Shuffle(kStrata, base::Random(profile_.seed).Split("pull"))) {}

double LatencyModel::NextShare(const std::vector<int>& order) {
  const int stratum = order[groups_ % kStrata];
  return (stratum + random_.Fraction()) / static_cast<double>(kStrata);
}

LatencyModel::Start LatencyModel::NextStart(bool images_cached) {
  const Duration cached = profile_.start.At(NextShare(start_order_));
  const Duration pull = profile_.pull.At(NextShare(pull_order_));
  ++groups_;
  const auto place = std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::nano>(
      static_cast<double>(cached.count()) * profile_.scheduling_share));
  return {.place = place, .run = images_cached ? cached : cached + pull};
}

}  // namespace vk::fake
