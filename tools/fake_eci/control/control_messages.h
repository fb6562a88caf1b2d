#pragma once

#include "base/result.h"
#include "tools/fake_eci/engine/cloud.h"

namespace vk::fake::v1 {
class CallRecord;
class Fault;
class GroupRecord;
class Limits;
}  // namespace vk::fake::v1

namespace vk::fake {

// The engine's own types as the control service's messages, and back.
v1::GroupRecord ToMessage(const GroupRecord& record);
v1::CallRecord ToMessage(const CallRecord& record);
v1::Fault ToMessage(int number, const FaultRule& rule);

// Errors: kInvalidArgument for a rule without a kind, or with a number that makes no sense, named.
base::Result<FaultRule> ReadFault(const v1::Fault& message);

// Changes what is given.
void ApplyLimits(const v1::Limits& limits, Cloud* cloud);
// What holds now.
v1::Limits CurrentLimits(Cloud& cloud);

}  // namespace vk::fake
