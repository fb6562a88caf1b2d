#pragma once

#include <chrono>
#include <deque>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "tools/fake_eci/engine/group/group_host.h"

namespace vk::fake {

// Commands that wait for their client to come with the token. Used on one thread.
class ExecTokens {
 public:
  // As long as the cloud's HttpUrl of the same call is good; for the WebSocket's it gives no time.
  static constexpr std::chrono::seconds kValidity{30};

  // REQUIRES: command.token is no other one's.
  void Offer(HostCommand command, base::TimePoint now);

  // Each once. Errors: kNotFound (never given, used, or over kValidity old).
  base::Result<HostCommand> Take(std::string_view token, base::TimePoint now);

 private:
  struct Offered {
    HostCommand command;
    base::TimePoint until;
  };

  void DropOld(base::TimePoint now);

  std::deque<Offered> offered_;  // In the order of their ends.
};

}  // namespace vk::fake
