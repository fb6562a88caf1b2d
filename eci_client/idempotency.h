#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace vk::eci {

// Whether a call may be sent again when nobody knows whether the first one had its effect.
enum class Idempotency : std::uint8_t {
  kSafe,       // It reads, or its effect twice is its effect once.
  kWithToken,  // Only with a ClientToken: the cloud then answers the second as it did the first.
  kNever,      // Each sending is an effect of its own, such as a command that runs.
};

struct ActionIdempotency {
  std::string_view action;  // "CreateContainerGroup"
  Idempotency idempotency;
};

// Every call of ECI, PrivateZone and STS that proto/ describes, in alphabetical order.
std::span<const ActionIdempotency> IdempotencyTable();

// kNever for an action that is not in the table.
Idempotency IdempotencyOf(std::string_view action);

// Whether this very request may be sent again; for kWithToken, whether its client_token is set.
bool MayRepeat(std::string_view action, const google::protobuf::Message& request);

}  // namespace vk::eci
