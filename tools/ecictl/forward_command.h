#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace vk::ecictl {

// What `ecictl port-forward` listens on and where that leads.
struct ForwardCommandLine {
  std::uint16_t local = 0;  // A port of 127.0.0.1; 0 picks one.
  std::uint16_t remote = 0;
};

// Reads "8080:80", or "80" for "80:80". Errors: kInvalidArgument.
base::Result<ForwardCommandLine> ParseForward(const std::string& text);

// Listens, prints "forwarding 127.0.0.1:LOCAL to port REMOTE", and carries each connection over a
// WebSocket of its own, at the URL that `open` answers, until SIGINT or SIGTERM. What a connection
// fails of is told on standard error, and the others go on. Errors: kUnavailable (cannot listen).
base::Status ForwardPort(const ForwardCommandLine& line,
                         std::function<base::Result<std::string>()> open);

}  // namespace vk::ecictl
