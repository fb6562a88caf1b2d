#include "base/http/codec.h"

#include <gtest/gtest.h>

namespace vk::base {
namespace {

TEST(FindHeaderTest, NamesCompareWithoutCaseAndTheFirstWins) {
  const HttpHeaders headers = {{"Content-Type", "a"}, {"content-type", "b"}};

  EXPECT_EQ(FindHeader(headers, "CONTENT-TYPE"), "a");
  EXPECT_EQ(FindHeader(headers, "Content"), "");
}

TEST(EncodeRequestTest, TheTransportsOwnHeadersAreNotTheCallers) {
  const HttpRequest request{.method = "POST",
                            .target = "/a?b=c",
                            .headers = {{"X-A", "1"}, {"Host", "evil"}, {"content-length", "9"}},
                            .body = "xy"};

  EXPECT_EQ(*EncodeRequest(request, "host:1", "me"),
            "POST /a?b=c HTTP/1.1\r\nHost: host:1\r\nUser-Agent: me\r\nX-A: 1\r\n"
            "Content-Length: 2\r\n\r\nxy");
}

TEST(EncodeRequestTest, WhatCouldPoseAsAnotherRequestIsRefused) {
  const HttpRequest requests[] = {
      {.method = "GET /x"},
      {.target = "/a b"},
      {.target = "/a\r\nX: y"},
      {.target = ""},
      {.headers = {{"X-A", "1\r\nX-B: 2"}}},
      {.headers = {{"X A", "1"}}},
  };
  for (const HttpRequest& request : requests) {
    const auto wire = EncodeRequest(request, "host", "me");
    ASSERT_FALSE(wire) << *wire;
    EXPECT_EQ(wire.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(EncodeChunkTest, SizeIsHexadecimal) {
  EXPECT_EQ(EncodeChunk(std::string(26, 'x')), "1a\r\n" + std::string(26, 'x') + "\r\n");
  EXPECT_EQ(EncodeChunk(""), "0\r\n\r\n");
}

TEST(ReplyParserTest, ReplyInAnyPiecesReadsTheSame) {
  const std::string wire =
      "HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\nrest";
  for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
    const auto parser = MakeReplyParser({}, false);
    std::string input;
    for (std::size_t at = 0; at < wire.size(); at += piece) {
      input += wire.substr(at, piece);
      ASSERT_EQ(parser->Take(&input), HttpFault::kNone) << "pieces of " << piece;
    }
    ASSERT_TRUE(parser->done()) << "pieces of " << piece;
    EXPECT_EQ(parser->TakeBody(), "abcde");
    EXPECT_EQ(input, "rest");
    EXPECT_EQ(FindHeader(parser->Headers(), "a"), "1");
  }
}

TEST(RequestParserTest, EmptyChunkedBodyCutWithinItsLastChunkIsReadOn) {
  const auto parser = MakeRequestParser({});
  std::string input;
  for (const char c :
       std::string("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) {
    input += c;
    ASSERT_EQ(parser->Take(&input), HttpFault::kNone) << input;
  }

  EXPECT_TRUE(parser->done());
  EXPECT_EQ(parser->TakeBody(), "");
}

TEST(ReplyParserTest, BodyUntilTheEndEndsWithTheConnection) {
  const auto parser = MakeReplyParser({}, false);
  std::string input = "HTTP/1.1 200 OK\r\n\r\nabc";

  EXPECT_EQ(parser->Take(&input), HttpFault::kNone);
  EXPECT_FALSE(parser->done());
  EXPECT_EQ(parser->TakeEnd(), HttpFault::kNone);

  EXPECT_TRUE(parser->done());
  EXPECT_FALSE(parser->keep_alive());
  EXPECT_EQ(parser->TakeBody(), "abc");
}

TEST(ReplyParserTest, EachFaultHasItsName) {
  struct Row {
    const char* wire;
    HttpFault taken;
    HttpFault at_end;
  };
  const Row rows[] = {
      {"", HttpFault::kNone, HttpFault::kTruncated},
      {"HTTP/1.1 200", HttpFault::kNone, HttpFault::kTruncated},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", HttpFault::kNone, HttpFault::kTruncated},
      {"SSH-2.0-OpenSSH\r\n\r\n", HttpFault::kMalformed, HttpFault::kNone},
      {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", HttpFault::kBodyTooLarge, HttpFault::kNone},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n63\r\n", HttpFault::kBodyTooLarge,
       HttpFault::kNone},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       HttpFault::kMalformed, HttpFault::kNone},
  };
  for (const Row& row : rows) {
    const auto parser = MakeReplyParser({.body_bytes = 10}, false);
    std::string input = row.wire;
    const HttpFault taken = parser->Take(&input);
    EXPECT_EQ(taken, row.taken) << row.wire << ": " << parser->FaultText();
    if (taken == HttpFault::kNone) EXPECT_EQ(parser->TakeEnd(), row.at_end) << row.wire;
  }
}

TEST(ReplyParserTest, EndlessHeaderIsTooLarge) {
  const auto parser = MakeReplyParser({.header_bytes = 100}, false);
  std::string input = "HTTP/1.1 200 OK\r\nA: " + std::string(200, 'a');

  EXPECT_EQ(parser->Take(&input), HttpFault::kHeaderTooLarge);
}

}  // namespace
}  // namespace vk::base
