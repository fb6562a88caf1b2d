#include "tools/fake_eci/engine/faults.h"

#include "tools/fake_eci/engine/cloud_error.h"

namespace vk::fake {
namespace {

bool Fits(const FaultRule& rule, std::string_view action, std::string_view caller) {
  return (rule.action.empty() || rule.action == action) &&
         (rule.caller.empty() || rule.caller == caller);
}

void Apply(const FaultRule& rule, FaultPlan* plan) {
  switch (rule.kind) {
    case FaultKind::kError:
      if (!plan->refusal) plan->refusal = CloudError(rule.code);
      break;
    case FaultKind::kErrorAfter:
      if (!plan->error_after) plan->error_after = CloudError(rule.code);
      break;
    case FaultKind::kLatency:
      break;
    case FaultKind::kLostReply:
      plan->lost_reply = true;
      break;
    case FaultKind::kEmptyListing:
      plan->empty_listing = true;
      break;
  }
  plan->latency += rule.latency;
}

}  // namespace

int Faults::Add(FaultRule rule) {
  rules_.emplace(next_, std::move(rule));
  return next_++;
}

bool Faults::Remove(int number) { return rules_.erase(number) == 1; }

FaultPlan Faults::Strike(std::string_view action, std::string_view caller) {
  FaultPlan plan;
  for (auto it = rules_.begin(); it != rules_.end();) {
    FaultRule& rule = it->second;
    const bool strikes = Fits(rule, action, caller) && random_.Chance(rule.probability);
    if (strikes) Apply(rule, &plan);
    const bool used_up = strikes && rule.count && --*rule.count <= 0;
    it = used_up ? rules_.erase(it) : std::next(it);
  }
  return plan;
}

}  // namespace vk::fake
