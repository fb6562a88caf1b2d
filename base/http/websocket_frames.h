#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vk::base {

// Which end of a WebSocket we are: frames of clients are masked, those of servers are not
// (RFC 6455, 5.1).
enum class WebSocketSide { kClient, kServer };

// Why a WebSocket ends (RFC 6455, 7.4.1).
enum class WebSocketClose : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kTooLarge = 1009,
  kInternalError = 1011,
};

// One whole message as it came.
struct WebSocketMessage {
  enum class Kind { kData, kPing, kPong, kClose };

  Kind kind = Kind::kData;
  std::string payload{};         // A kClose has its reason here.
  std::uint16_t close_code = 0;  // 0: the other side gave none.
};

// Reads messages out of bytes as they arrive (RFC 6455, 5): puts fragments together, takes masks
// off. Data is what came as binary or as text; whether text is UTF-8 is not looked at. After an
// error it is useless.
class WebSocketFrameReader {
 public:
  // `side`: ours. `limit`: bytes of one message, all its fragments together.
  WebSocketFrameReader(WebSocketSide side, std::size_t limit) : side_(side), limit_(limit) {}

  // Takes the next message from the front of `input`; nothing when it has not come whole yet. Never
  // waits for a payload beyond the limit. Errors: kInvalidArgument; fault() is what to close with.
  Result<std::optional<WebSocketMessage>> Take(std::string* input);

  WebSocketClose fault() const { return fault_; }

 private:
  struct Header;

  Result<std::optional<Header>> ReadHeader(std::string_view input);
  Status Check(const Header& header);
  Result<std::optional<WebSocketMessage>> Finish(const Header& header, std::string payload);
  Error Fault(WebSocketClose code, std::string why);

  const WebSocketSide side_;
  const std::size_t limit_;
  bool in_message_ = false;  // Fragments have come and the last has not.
  std::string fragments_;
  WebSocketClose fault_ = WebSocketClose::kProtocolError;
};

// The bytes of one unfragmented frame. A client gives a new unpredictable `mask` for each, a server
// none. REQUIRES: a payload of anything but kData has at most 125 bytes (a close: 123).
std::string EncodeWebSocketFrame(const WebSocketMessage& message,
                                 std::optional<std::uint32_t> mask);

}  // namespace vk::base
