#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace vk::fake {

// What the cloud remembers of ClientTokens: the first request that succeeded with one, and its
// answer. How long is not documented; a day is usual. Used on one thread.
class TokenMemory {
 public:
  explicit TokenMemory(std::chrono::seconds lifetime) : lifetime_(lifetime) {}

  // The answer of the first call with this token, nothing when it is new, forgotten or empty.
  // Errors: IdempotentParameterMismatch when that call was another one. `request` is its
  // deterministic serialisation.
  base::Result<std::optional<std::string>> Recall(std::string_view action, std::string_view token,
                                                  std::string_view request, base::TimePoint now);

  // Keeps the answer of a call that succeeded; an empty token is not kept.
  void Keep(std::string_view action, std::string_view token, std::string_view request,
            std::string reply, base::TimePoint now);

  // Applies to what is kept already, too.
  void set_lifetime(std::chrono::seconds lifetime) { lifetime_ = lifetime; }
  std::chrono::seconds lifetime() const { return lifetime_; }

 private:
  struct Memory {
    std::size_t request_hash;
    std::string reply;
    base::TimePoint first_seen;
  };

  std::chrono::seconds lifetime_;
  std::map<std::pair<std::string, std::string>, Memory> memories_;  // By action and token.
};

}  // namespace vk::fake
