#pragma once

#include "base/clock.h"

namespace k8s::io::apimachinery::pkg::apis::meta::v1 {
class MicroTime;
class Time;
}  // namespace k8s::io::apimachinery::pkg::apis::meta::v1

namespace vk::kube {

// Moments as the API writes them: whole seconds, and microseconds.
void SetTime(base::WallTime when, k8s::io::apimachinery::pkg::apis::meta::v1::Time* time);
void SetMicroTime(base::WallTime when, k8s::io::apimachinery::pkg::apis::meta::v1::MicroTime* time);

}  // namespace vk::kube
