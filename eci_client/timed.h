#pragma once

#include "base/clock.h"

namespace vk::eci {

// A reply, and when the first byte of the request that it answers was written.
template <class Response>
struct Timed {
  Response reply;
  base::TimePoint sent;
};

}  // namespace vk::eci
