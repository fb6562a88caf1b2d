#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "tools/fake_eci/engine/latency.h"

namespace vk::fake {

// What goes wrong with a call.
enum class FaultKind {
  kError,         // Refused with `code`, without effect.
  kErrorAfter,    // `code` is answered although the effect happened, as a failing gateway does.
  kLatency,       // The answer comes `latency` late; the effect does not.
  kLostReply,     // The effect happens, the answer never comes.
  kEmptyListing,  // A listing shows nothing, as for a user without permission.
};

// One way calls go wrong, for as long as the rule stands.
struct FaultRule {
  std::string action;  // Empty: every action.
  std::string caller;  // Access key id; empty: everybody.
  FaultKind kind = FaultKind::kError;
  std::string code = "ServiceUnavailable";
  Duration latency{};
  double probability = 1;
  std::optional<int> count;  // Times it strikes before it is gone; absent: for ever.
};

// What the rules do to one call; several may strike at once.
struct FaultPlan {
  std::optional<base::Error> refusal;
  std::optional<base::Error> error_after;
  Duration latency{};
  bool lost_reply = false;
  bool empty_listing = false;
};

// The rules in force. Used on one thread.
class Faults {
 public:
  explicit Faults(base::Random random) : random_(random) {}

  // Returns the rule's number, for Remove.
  int Add(FaultRule rule);
  // False when there is no such rule.
  bool Remove(int number);
  void Clear() { rules_.clear(); }
  const std::map<int, FaultRule>& rules() const { return rules_; }

  // Draws for every rule that fits the call, in the order they were added.
  FaultPlan Strike(std::string_view action, std::string_view caller);

 private:
  base::Random random_;
  std::map<int, FaultRule> rules_;
  int next_ = 1;
};

}  // namespace vk::fake
