#pragma once

#include <cstdint>

#include "base/clock.h"

namespace k8s::io::apimachinery::pkg::apis::meta::v1 {
class MicroTime;
class Time;
}  // namespace k8s::io::apimachinery::pkg::apis::meta::v1

namespace vk::kube {

// Moments as the API writes them: whole seconds, and microseconds.
void SetTime(base::WallTime when, k8s::io::apimachinery::pkg::apis::meta::v1::Time* time);
void SetMicroTime(base::WallTime when, k8s::io::apimachinery::pkg::apis::meta::v1::MicroTime* time);

// The reverse, from seconds since 1970. What a WallTime cannot hold, before 1678 or after 2261,
// becomes the nearest that it can: RFC 3339 goes up to the year 9999, and people use that.
base::WallTime WallTimeAt(std::int64_t seconds);

}  // namespace vk::kube
