#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vk::exec {

// The messages of an exec session on a WebSocket, as Kubernetes has them (kubernetes.io, KEP-4006;
// k8s.io/apimachinery/pkg/util/remotecommand): a byte that says what the rest is, then the rest.
// There are three forms, which differ by the subprotocol that the client offers:
//
//   none   ECI's. It documents the address of its WebSocket and not one message on it; that its
//          clients offer no subprotocol and take such messages was seen in public ones. How it
//          tells the end, as JSON or as text, is NOT known: ParseEnd reads both.
//   v4     the same, with the end as JSON.
//   v5     v4, and Channel::kClose: the others have no way to say that the input has ended.
inline constexpr std::string_view kProtocolV4 = "v4.channel.k8s.io";
inline constexpr std::string_view kProtocolV5 = "v5.channel.k8s.io";

// Whether kClose is understood where the sides agreed on this subprotocol.
inline bool CanEndInput(std::string_view protocol) { return protocol == kProtocolV5; }

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
// Nothing of an empty message, with which servers may begin. Errors: kInvalidArgument (an unknown
// channel).
base::Result<std::optional<Frame>> ParseFrame(std::string message);

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
  int exit_code = 0;    // The command's; 0 when there is an error.
  std::string error{};  // Why there is no exit code; else empty.
};

std::string EncodeEnd(const End& end);
// Text that is no JSON object is the error itself: the oldest form has no other, and no word for
// success. Errors: kInvalidArgument (it does not tell how the command ended).
base::Result<End> ParseEnd(std::string_view status);

}  // namespace vk::exec
