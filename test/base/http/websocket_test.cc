#include "base/http/websocket.h"

#include <gmock/gmock.h>

#include "test/base/http/http_fixture.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;
using testing::StartsWith;

// A server that sends back what comes, and a client.
class WebSocketTest : public HttpTest {
 protected:
  void SetUp() override {
    Serve([this](const HttpRequest& request, const HttpPeer&, HttpResponder& responder) {
      return Echo(this, request, responder);
    });
  }

  std::string Exchange(WebSocketProtocols offered, std::vector<std::string> messages) {
    return Await(Talk(this, std::move(offered), std::move(messages)));
  }
  std::string ExchangeRaw(std::string bytes) { return Await(Raw(this, std::move(bytes))); }

  int orderly_ends_ = 0;
  std::string protocols_;  // That the server and the client heard of, each with ";" behind it.

 private:
  static asio::awaitable<void> Echo(WebSocketTest* test, const HttpRequest& request,
                                    HttpResponder& responder) {
    auto accepted =
        co_await AcceptWebSocket(request, responder, {"echo", "shout"}, test->io_.get_executor());
    if (!accepted) co_return;
    test->protocols_ += accepted->protocol + ";";
    WebSocket* const socket = accepted->socket.get();
    while (true) {
      auto message = co_await socket->Read();
      if (message && !*message) ++test->orderly_ends_;
      if (!message || !*message) co_return;
      if (!co_await socket->Ping()) co_return;
      if (!co_await socket->Send(std::move(**message))) co_return;
    }
  }

  // What came back, or the error.
  static asio::awaitable<std::string> Talk(WebSocketTest* test, WebSocketProtocols offered,
                                           std::vector<std::string> messages) {
    auto client =
        co_await DialWebSocket("ws://" + test->server_->address() + "/x?y=z", std::move(offered),
                               nullptr, Random(1), test->io_.get_executor());
    if (!client) co_return client.error().message;
    test->protocols_ += client->protocol + ";";
    std::string back;
    for (std::string& message : messages) {
      if (!co_await client->socket->Send(std::move(message))) co_return "cannot send";
      auto answer = co_await client->socket->Read();
      back += answer && *answer ? **answer : "gone";
    }
    (void)co_await client->socket->Close(WebSocketClose::kNormal, "");
    const auto end = co_await client->socket->Read();
    co_return back + (end && !*end ? "." : "?");
  }

  static asio::awaitable<std::string> Raw(WebSocketTest* test, std::string bytes) {
    RawConnection connection = co_await test->DialRaw(test->server_->port());
    co_await connection.Send(std::move(bytes));
    co_return co_await connection.ReadAll();
  }
};

TEST_F(WebSocketTest, MessagesGoBothWaysAndBothSidesClose) {
  const std::string large(300'000, 'l');

  EXPECT_TRUE(Exchange({"echo"}, {"one", large, "", "two"}) == "one" + large + "two.");
  EXPECT_EQ(orderly_ends_, 1);
}

TEST_F(WebSocketTest, OfOfferedSubprotocolsTheServersBestIsSpoken) {
  EXPECT_EQ(Exchange({"other", "shout", "echo"}, {"one"}), "one.");
  EXPECT_EQ(Exchange({"shout"}, {"one"}), "one.");

  EXPECT_EQ(protocols_, "echo;echo;shout;shout;");
}

TEST_F(WebSocketTest, NoSubprotocolNeedsToBeOffered) {
  EXPECT_EQ(Exchange({}, {"one", ""}), "one.");

  EXPECT_EQ(protocols_, ";;");
}

TEST_F(WebSocketTest, AnotherSubprotocolIsRefusedByName) {
  EXPECT_THAT(Exchange({"other"}, {}), HasSubstr("400: the subprotocols here are echo, shout"));
}

// The key and its answer are those of RFC 6455, 1.3.
TEST_F(WebSocketTest, WhatComesRightBehindTheHandshakeIsNotLost) {
  const std::string frame("\x82\x82\x00\x00\x00\x00hi", 8);

  const std::string answer = ExchangeRaw(
      "GET /x HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Protocol: chat, echo\r\n\r\n" +
      frame + std::string("\x88\x80\x00\x00\x00\x00", 6));

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 101 "));
  EXPECT_THAT(answer, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\n" + std::string("\x89\x00\x82\x02hi\x88\x02", 8)));
}

TEST_F(WebSocketTest, OtherRequestIsAnsweredAsHttp) {
  EXPECT_THAT(ExchangeRaw("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 426 "));
  EXPECT_THAT(ExchangeRaw("GET / HTTP/1.1\r\nHost: h\r\nConnection: close, Upgrade\r\n"
                          "Upgrade: h2c\r\nSec-WebSocket-Key: k\r\n"
                          "Sec-WebSocket-Version: 13\r\n\r\n"),
              StartsWith("HTTP/1.1 426 "));
  EXPECT_THAT(ExchangeRaw("GET / HTTP/1.1\r\nHost: h\r\nConnection: close, Upgrade\r\n"
                          "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(WebSocketTest, OtherUrlIsRefused) {
  const auto dialled =
      Await(DialWebSocket("http://127.0.0.1/", {"echo"}, nullptr, Random(1), io_.get_executor()));

  ASSERT_FALSE(dialled);
  EXPECT_EQ(dialled.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace vk::base
