#include "base/http/websocket_frames.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vk::base {
namespace {

// RFC 6455, 5.2.
constexpr std::uint8_t kContinuation = 0x0;
constexpr std::uint8_t kText = 0x1;
constexpr std::uint8_t kBinary = 0x2;
constexpr std::uint8_t kClose = 0x8;
constexpr std::uint8_t kPing = 0x9;
constexpr std::uint8_t kPong = 0xA;
constexpr std::uint8_t kLast = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::size_t kMaxControl = 125;
constexpr std::size_t kLength16 = 126;
constexpr std::size_t kLength64 = 127;

std::uint64_t ReadNumber(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

void AppendNumber(std::uint64_t number, int bytes, std::string* to) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    to->push_back(static_cast<char>(number >> shift & 0xff));
}

void ApplyMask(std::uint32_t mask, std::size_t from, std::string* bytes) {
  std::array<char, 4> keys{};
  for (std::size_t i = 0; i < 4; ++i) keys[i] = static_cast<char>(mask >> (24 - 8 * i) & 0xff);
  for (std::size_t i = from; i < bytes->size(); ++i)
    (*bytes)[i] = static_cast<char>((*bytes)[i] ^ keys[(i - from) % 4]);
}

std::uint8_t OpcodeOf(WebSocketMessage::Kind kind) {
  switch (kind) {
    case WebSocketMessage::Kind::kPing:
      return kPing;
    case WebSocketMessage::Kind::kPong:
      return kPong;
    case WebSocketMessage::Kind::kClose:
      return kClose;
    case WebSocketMessage::Kind::kData:
      break;
  }
  return kBinary;
}

}  // namespace

struct WebSocketFrameReader::Header {
  std::uint8_t opcode = 0;
  bool last = false;
  bool reserved = false;
  bool masked = false;
  std::uint32_t mask = 0;
  std::uint64_t length = 0;
  std::size_t size = 0;  // Bytes of the header itself.

  bool control() const { return opcode >= kClose; }
};

Error WebSocketFrameReader::Fault(WebSocketClose code, std::string why) {
  fault_ = code;
  return Error(ErrorCode::kInvalidArgument, "read WebSocket: " + std::move(why));
}

Result<std::optional<WebSocketFrameReader::Header>> WebSocketFrameReader::ReadHeader(
    std::string_view input) {
  if (input.size() < 2) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(input[0]);
  const auto second = static_cast<std::uint8_t>(input[1]);
  Header header{.opcode = static_cast<std::uint8_t>(first & 0x0f),
                .last = (first & kLast) != 0,
                .reserved = (first & kReserved) != 0,
                .masked = (second & kMasked) != 0,
                .length = second & 0x7fu,
                .size = 2};
  std::size_t more = 0;
  if (header.length == kLength16) more = 2;
  if (header.length == kLength64) more = 8;
  const std::size_t mask_bytes = header.masked ? 4 : 0;
  if (input.size() < 2 + more + mask_bytes) return std::nullopt;
  if (more > 0) header.length = ReadNumber(input.substr(2, more));
  header.mask = static_cast<std::uint32_t>(ReadNumber(input.substr(2 + more, mask_bytes)));
  header.size += more + mask_bytes;
  return header;
}

Status WebSocketFrameReader::Check(const Header& header) {
  using enum WebSocketClose;
  if (header.reserved) return std::unexpected(Fault(kProtocolError, "an extension nobody agreed"));
  if (header.masked != (side_ == WebSocketSide::kServer))
    return std::unexpected(Fault(kProtocolError, header.masked
                                                     ? "a masked frame of a server"
                                                     : "a frame of a client without a mask"));
  if (header.control()) {
    if (header.opcode > kPong) return std::unexpected(Fault(kProtocolError, "an unknown frame"));
    if (!header.last || header.length > kMaxControl)
      return std::unexpected(Fault(kProtocolError, "a control frame that is long or in parts"));
    return {};
  }
  if (header.opcode != kContinuation && header.opcode != kText && header.opcode != kBinary)
    return std::unexpected(Fault(kProtocolError, "an unknown frame"));
  if ((header.opcode == kContinuation) != in_message_)
    return std::unexpected(Fault(
        kProtocolError, in_message_ ? "a message inside another" : "a part without its beginning"));
  if (header.length > limit_ - fragments_.size())
    return std::unexpected(Fault(kTooLarge, "a message over " + std::to_string(limit_) + " bytes"));
  return {};
}

Result<std::optional<WebSocketMessage>> WebSocketFrameReader::Finish(const Header& header,
                                                                     std::string payload) {
  if (!header.control()) {
    fragments_ += payload;
    in_message_ = !header.last;
    if (in_message_) return std::nullopt;
    return WebSocketMessage{.payload = std::exchange(fragments_, {})};
  }
  if (header.opcode == kPing)
    return WebSocketMessage{.kind = WebSocketMessage::Kind::kPing, .payload = std::move(payload)};
  if (header.opcode == kPong)
    return WebSocketMessage{.kind = WebSocketMessage::Kind::kPong, .payload = std::move(payload)};
  if (payload.size() == 1)
    return std::unexpected(Fault(WebSocketClose::kProtocolError, "half a closing code"));
  WebSocketMessage close{.kind = WebSocketMessage::Kind::kClose};
  if (!payload.empty()) {
    close.close_code = static_cast<std::uint16_t>(ReadNumber(payload.substr(0, 2)));
    close.payload = payload.substr(2);
  }
  return close;
}

Result<std::optional<WebSocketMessage>> WebSocketFrameReader::Take(std::string* input) {
  while (true) {
    VK_TRY(header, ReadHeader(*input));
    if (!header) return std::nullopt;
    VK_CHECK_OK(Check(*header));
    if (input->size() - header->size < header->length) return std::nullopt;
    std::string payload = input->substr(header->size, header->length);
    input->erase(0, header->size + payload.size());
    if (header->masked) ApplyMask(header->mask, 0, &payload);
    VK_TRY(message, Finish(*header, std::move(payload)));
    if (message) return std::move(message);
  }
}

std::string EncodeWebSocketFrame(const WebSocketMessage& message,
                                 std::optional<std::uint32_t> mask) {
  std::string payload;
  if (message.kind == WebSocketMessage::Kind::kClose && message.close_code != 0)
    AppendNumber(message.close_code, 2, &payload);
  payload += message.payload;
  std::string frame(1, static_cast<char>(kLast | OpcodeOf(message.kind)));
  const std::uint8_t masked = mask ? kMasked : 0;
  const auto append_length = [&](std::size_t shown) {
    frame.push_back(static_cast<char>(masked | shown));
  };
  if (payload.size() <= kMaxControl) {
    append_length(payload.size());
  } else if (payload.size() <= 0xffff) {
    append_length(kLength16);
    AppendNumber(payload.size(), 2, &frame);
  } else {
    append_length(kLength64);
    AppendNumber(payload.size(), 8, &frame);
  }
  if (mask) AppendNumber(*mask, 4, &frame);
  const std::size_t begin = frame.size();
  frame += payload;
  if (mask) ApplyMask(*mask, begin, &frame);
  return frame;
}

}  // namespace vk::base
