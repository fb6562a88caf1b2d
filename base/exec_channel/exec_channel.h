#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vk::exec {

// The messages of an exec session. ECI documents the address of its WebSocket, but not one frame on
// it, so these are ours and NOT known to be ECI's: the subprotocol that Kubernetes has for the same
// purpose (kubernetes.io, KEP-4006; k8s.io/apimachinery/pkg/util/remotecommand). A binary message
// begins with a byte that says what the rest is.
inline constexpr std::string_view kProtocol = "v5.channel.k8s.io";

enum class Channel : std::uint8_t {
  kInput = 0,   // To the command.
  kOutput = 1,  // From it; with a terminal, both its outputs.
  kErrors = 2,
  kStatus = 3,   // The last message of the server: how it ended.
  kResize = 4,   // The client's window.
  kClose = 255,  // One byte more: the channel that has no more to say.
};

struct Frame {
  Channel channel = Channel::kInput;
  std::string data;
};

std::string EncodeFrame(Channel channel, std::string_view data);
// Errors: kInvalidArgument (empty, or an unknown channel).
base::Result<Frame> ParseFrame(std::string message);

// In characters. As JSON {"Width":80,"Height":24}.
struct TerminalSize {
  std::uint16_t width = 0;
  std::uint16_t height = 0;
};

std::string EncodeTerminalSize(TerminalSize size);
// Errors: kInvalidArgument.
base::Result<TerminalSize> ParseTerminalSize(std::string_view json);

// How a session ended; as JSON the Status of Kubernetes.
struct End {
  int exit_code = 0;    // Of the command; 0 when there is an error.
  std::string error{};  // Why there is no exit code; else empty.
};

std::string EncodeEnd(const End& end);
// Errors: kInvalidArgument.
base::Result<End> ParseEnd(std::string_view json);

}  // namespace vk::exec
