#include "tools/fake_eci/containerd/usage_history.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vk::fake {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

void WriteRate(const ResourceUsage& before, Nanoseconds between, ResourceUsage* now) {
  const std::int64_t used = now->cpu_nanoseconds - before.cpu_nanoseconds;
  if (used < 0 || between.count() <= 0) return;
  now->nano_cores = static_cast<std::int64_t>(static_cast<double>(used) * 1e9 /
                                              static_cast<double>(between.count()));
}

void WriteRates(const UsageSample& before, UsageSample* now) {
  const Nanoseconds between = now->at - before.at;
  WriteRate(before.whole, between, &now->whole);
  for (ResourceUsage& container : now->containers) {
    const auto same = std::ranges::find(before.containers, container.name, &ResourceUsage::name);
    if (same != before.containers.end()) WriteRate(*same, between, &container);
  }
}

void Append(const std::deque<UsageSample>& samples, base::WallTime from, base::WallTime until,
            std::vector<UsageSample>* chosen) {
  std::ranges::copy_if(samples, std::back_inserter(*chosen), [&](const UsageSample& sample) {
    return sample.at > from && sample.at <= until;
  });
}

}  // namespace

void UsageHistory::Add(UsageSample sample) {
  if (!recent_.empty()) WriteRates(recent_.back(), &sample);
  const base::WallTime now = sample.at;
  recent_.push_back(std::move(sample));
  while (recent_.front().at < now - kWhole) {
    if (old_.empty() || recent_.front().at - old_.back().at >= kStep) {
      old_.push_back(std::move(recent_.front()));
    }
    recent_.pop_front();
  }
  while (!old_.empty() && old_.front().at < now - kKept) old_.pop_front();
}

std::vector<UsageSample> UsageHistory::Between(base::WallTime from, base::WallTime until) const {
  std::vector<UsageSample> chosen;
  Append(old_, from, until, &chosen);
  Append(recent_, from, until, &chosen);
  return chosen;
}

}  // namespace vk::fake
