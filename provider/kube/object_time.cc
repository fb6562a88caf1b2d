#include "provider/kube/object_time.h"

#include <algorithm>
#include <chrono>

#include "proto/kubernetes/meta/v1/meta.pb.h"

namespace vk::kube {

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

void SetTime(base::WallTime when, meta::Time* time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  time->set_seconds(seconds.time_since_epoch().count());
  time->set_nanos(0);
}

base::WallTime WallTimeAt(std::int64_t seconds) {
  using std::chrono::ceil, std::chrono::floor;
  const auto first = ceil<std::chrono::seconds>(base::WallTime::min()).time_since_epoch().count();
  const auto last = floor<std::chrono::seconds>(base::WallTime::max()).time_since_epoch().count();
  return base::WallTime(std::chrono::seconds(std::clamp<std::int64_t>(seconds, first, last)));
}

void SetMicroTime(base::WallTime when, meta::MicroTime* time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const auto micros = std::chrono::floor<std::chrono::microseconds>(when - seconds);
  time->set_seconds(seconds.time_since_epoch().count());
  time->set_nanos(static_cast<int>(micros.count() * 1000));
}

}  // namespace vk::kube
