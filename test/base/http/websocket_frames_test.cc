#include "base/http/websocket_frames.h"

#include <gtest/gtest.h>

namespace vk::base {
namespace {

using Kind = WebSocketMessage::Kind;

constexpr std::size_t kLimit = 70'000;
constexpr std::uint32_t kMask = 0x37fa213d;

// RFC 6455, 5.7: a masked and an unmasked "Hello", binary here.
const std::string kMaskedHello("\x82\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
const std::string kHello("\x82\x05Hello", 7);

WebSocketFrameReader ServersReader() { return {WebSocketSide::kServer, kLimit}; }
WebSocketFrameReader ClientsReader() { return {WebSocketSide::kClient, kLimit}; }

// The payload of the next message, "-" when there is none yet, "!" and the closing code of an
// error.
std::string Next(WebSocketFrameReader& reader, std::string* input) {
  const auto message = reader.Take(input);
  if (!message) return "!" + std::to_string(static_cast<int>(reader.fault()));
  return *message ? (*message)->payload : "-";
}

std::string NextOf(WebSocketFrameReader reader, std::string input) { return Next(reader, &input); }

TEST(WebSocketFramesTest, MaskIsPutOnAndTakenOff) {
  EXPECT_EQ(EncodeWebSocketFrame({.payload = "Hello"}, kMask), kMaskedHello);
  EXPECT_EQ(EncodeWebSocketFrame({.payload = "Hello"}, std::nullopt), kHello);
  EXPECT_EQ(NextOf(ServersReader(), kMaskedHello), "Hello");
  EXPECT_EQ(NextOf(ClientsReader(), kHello), "Hello");
}

TEST(WebSocketFramesTest, EverySizeOfLengthIsReadAsItWasWritten) {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 65'535u, 65'536u}) {
    std::string payload(size, '\0');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i * 7);

    EXPECT_TRUE(NextOf(ServersReader(), EncodeWebSocketFrame({.payload = payload}, kMask)) ==
                payload)
        << size;
  }
}

TEST(WebSocketFramesTest, MessageMayComeByteByByteAndBesideAnother) {
  const std::string wire = kMaskedHello + kMaskedHello;
  WebSocketFrameReader reader = ServersReader();
  std::string input;
  std::string seen;

  for (const char byte : wire) {
    input += byte;
    seen += Next(reader, &input);
  }

  EXPECT_EQ(seen, "----------Hello----------Hello");
  EXPECT_EQ(input, "");
}

TEST(WebSocketFramesTest, FragmentsAreOneMessageAlsoWithAPingBetween) {
  WebSocketFrameReader reader = ClientsReader();
  std::string input("\x02\x03Hel\x89\x01p\x00\x01l\x80\x01o", 14);

  EXPECT_EQ(Next(reader, &input), "p");
  EXPECT_EQ(Next(reader, &input), "Hello");
  EXPECT_EQ(Next(reader, &input), "-");
}

TEST(WebSocketFramesTest, TextIsDataLikeAnyOther) {
  WebSocketFrameReader reader = ClientsReader();
  std::string input("\x81\x02hi\x81\x00\x01\x01\x01\x80\x01\xff", 12);

  EXPECT_EQ(Next(reader, &input), "hi");
  EXPECT_EQ(Next(reader, &input), "");
  EXPECT_EQ(Next(reader, &input), "\x01\xff");
  EXPECT_EQ(Next(reader, &input), "-");
}

TEST(WebSocketFramesTest, LimitIsThatOfAllFragmentsAndSeenBeforeTheyCome) {
  const std::string part(kLimit, 'x');
  std::string fragmented = EncodeWebSocketFrame({.payload = part}, std::nullopt);
  fragmented[0] = '\x02';

  EXPECT_EQ(NextOf(ClientsReader(), EncodeWebSocketFrame({.payload = part}, std::nullopt)), part);
  EXPECT_EQ(NextOf(ClientsReader(), fragmented + std::string("\x80\x01", 2)), "!1009");
  EXPECT_EQ(NextOf(ClientsReader(), std::string("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10)),
            "!1009");
}

TEST(WebSocketFramesTest, CloseHasItsCodeAndReason) {
  WebSocketFrameReader reader = ServersReader();
  std::string input =
      EncodeWebSocketFrame({.kind = Kind::kClose, .payload = "over", .close_code = 1001}, kMask);

  const auto close = reader.Take(&input);

  ASSERT_TRUE(close && *close);
  EXPECT_EQ((*close)->kind, Kind::kClose);
  EXPECT_EQ((*close)->close_code, 1001);
  EXPECT_EQ((*close)->payload, "over");
}

TEST(WebSocketFramesTest, CloseMayHaveNoCodeButNotHalfOfOne) {
  EXPECT_EQ(NextOf(ClientsReader(), std::string("\x88\x00", 2)), "");
  EXPECT_EQ(NextOf(ClientsReader(), std::string("\x88\x01\x03", 3)), "!1002");
}

TEST(WebSocketFramesTest, WhatBreaksTheProtocolIsRefused) {
  const std::string protocol_error = "!1002";
  EXPECT_EQ(NextOf(ServersReader(), kHello), protocol_error) << "a client without a mask";
  EXPECT_EQ(NextOf(ClientsReader(), kMaskedHello), protocol_error) << "a server with one";
  EXPECT_EQ(NextOf(ClientsReader(), std::string("\xc2\x00", 2)), protocol_error) << "extension";
  EXPECT_EQ(NextOf(ClientsReader(), std::string("\x83\x00", 2)), protocol_error) << "opcode 3";
  EXPECT_EQ(NextOf(ClientsReader(), std::string("\x8b\x00", 2)), protocol_error) << "opcode 11";
  EXPECT_EQ(NextOf(ClientsReader(), std::string("\x80\x00", 2)), protocol_error) << "a loose end";
  EXPECT_EQ(NextOf(ClientsReader(), std::string("\x02\x00\x82\x00", 4)), protocol_error)
      << "nested";
  EXPECT_EQ(NextOf(ClientsReader(), std::string("\x09\x00", 2)), protocol_error) << "half a ping";
  EXPECT_EQ(NextOf(ClientsReader(), std::string("\x89\x7e\x00\x7e", 4)), protocol_error)
      << "a long ping";
}

}  // namespace
}  // namespace vk::base
