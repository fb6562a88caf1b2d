#pragma once

#include "base/clock.h"
#include "base/send_permit.h"

namespace vk::eci {

// What bounds a call that changes something in the cloud.
struct WriteLimits {
  base::TimePoint deadline;  // Until then its answer is waited for.
  // Asked just before each try is written; a call that it stops ends so that base::WasNotSent says
  // so. Null: it may always be sent. REQUIRES: it outlives the call.
  const base::SendPermit* permit = nullptr;
};

}  // namespace vk::eci
