#include "provider/kube/object_time.h"

#include <chrono>

#include "proto/kubernetes/meta/v1/meta.pb.h"

namespace vk::kube {

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

void SetTime(base::WallTime when, meta::Time* time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  time->set_seconds(seconds.time_since_epoch().count());
  time->set_nanos(0);
}

void SetMicroTime(base::WallTime when, meta::MicroTime* time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const auto micros = std::chrono::floor<std::chrono::microseconds>(when - seconds);
  time->set_seconds(seconds.time_since_epoch().count());
  time->set_nanos(static_cast<int>(micros.count() * 1000));
}

}  // namespace vk::kube
