#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"

namespace vk::fake {

using Duration = std::chrono::nanoseconds;

// How long something takes, as a quantile function: straight lines between points (share of cases,
// time), the first at 0 and the last at 1. No points: no time at all.
class Distribution {
 public:
  struct Point {
    double share;  // 0 to 1, ascending.
    std::chrono::duration<double> time;
  };

  Distribution() = default;
  // REQUIRES: as above; profile.h checks what users write.
  explicit Distribution(std::vector<Point> points) : points_(std::move(points)) {}

  // `share` outside [0, 1] counts as the nearer end.
  Duration At(double share) const;

 private:
  std::vector<Point> points_;
};

// The times of one cloud. The default is the profile `instant`: everything in the same moment.
struct LatencyProfile {
  std::string name = "instant";
  std::uint64_t seed = 1;

  Distribution start;           // Creation to Running, images at hand.
  double scheduling_share = 0;  // Part of `start` that is spent in Scheduling, 0 to 1.
  Distribution pull;            // What comes on top without an image cache.
  Distribution next_container;  // From the end of an init container to the next start.
  Distribution ending;          // From the last container's end to the group's.
  Distribution restart;         // From RestartContainerGroup to Running.
  Distribution image_cache;     // CreateImageCache to Ready.
  Distribution call;            // From a call's effect to its answer.
};

// Draws from a profile. Times of groups are stratified: the n-th group takes the stratum n mod 100
// of a fixed shuffle, so that any 100 groups in a row give the profile's curve, whatever the seed.
class LatencyModel {
 public:
  explicit LatencyModel(LatencyProfile profile);

  // For the next group.
  struct Start {
    Duration place;  // Creation to Pending.
    Duration run;    // Creation to Running.
  };
  Start NextStart(bool images_cached);

  Duration NextContainer() { return profile_.next_container.At(random_.Fraction()); }
  Duration Ending() { return profile_.ending.At(random_.Fraction()); }
  Duration Restart() { return profile_.restart.At(random_.Fraction()); }
  Duration ImageCache() { return profile_.image_cache.At(random_.Fraction()); }
  Duration Call() { return profile_.call.At(calls_.Fraction()); }

  const LatencyProfile& profile() const { return profile_; }

 private:
  static constexpr std::size_t kStrata = 100;

  // The quantile of the next group: once in each stratum per round.
  double NextShare(const std::vector<int>& order);

  LatencyProfile profile_;
  base::Random random_;
  base::Random calls_;
  std::vector<int> start_order_;
  std::vector<int> pull_order_;
  std::uint64_t groups_ = 0;
};

}  // namespace vk::fake
