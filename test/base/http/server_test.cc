#include "base/http/server.h"

#include <gmock/gmock.h>

#include <vector>

#include "base/event.h"
#include "test/base/http/http_fixture.h"
#include "test/base/manual_clock.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

class HttpServerTest : public HttpTest {
 protected:
  static HttpHandler Answering(std::string body) {
    return [body](const HttpRequest&, const HttpPeer&, HttpResponder& responder) {
      return Answer(body, responder);
    };
  }

  // Streams without end and keeps how the last write went.
  HttpHandler Flooding() {
    return [this](const HttpRequest&, const HttpPeer&, HttpResponder& responder) {
      return Flood(&flooded_, responder);
    };
  }

  // Waits to be cancelled and keeps what it saw.
  HttpHandler Waiting() {
    return [this](const HttpRequest&, const HttpPeer&, HttpResponder&) {
      return WaitForNothing(this);
    };
  }

  // Sends `bytes` on a connection of its own and returns all that comes back until its end.
  std::string Exchange(std::string bytes) {
    return Await(ExchangeRaw(DialRaw(server_->port()), std::move(bytes)));
  }

  std::optional<Status> flooded_;
  Event never_{io_.get_executor()};
  int waiting_ = 0;
  std::vector<Status> waited_;

 private:
  static asio::awaitable<void> Answer(std::string body, HttpResponder& responder) {
    (void)co_await responder.Reply({.status = 200, .body = body});
  }

  static asio::awaitable<void> Flood(std::optional<Status>* last, HttpResponder& responder) {
    Status sent = co_await responder.Start(200, {});
    while (sent) sent = co_await responder.Write(std::string(1u << 20, 'x'));
    last->emplace(std::move(sent));
  }

  static asio::awaitable<void> WaitForNothing(HttpServerTest* test) {
    ++test->waiting_;
    test->waited_.push_back(co_await test->never_.Wait());
  }

  static asio::awaitable<std::string> ExchangeRaw(asio::awaitable<RawConnection> dial,
                                                  std::string bytes) {
    RawConnection connection = co_await std::move(dial);
    co_await connection.Send(std::move(bytes));
    co_return co_await connection.ReadAll();
  }
};

TEST_F(HttpServerTest, RequestsOfOneConnectionAreAnsweredInOrderAlsoWhenTheyComeTogether) {
  Serve(Answering("x"));

  EXPECT_EQ(Exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n"
                     "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
}

TEST_F(HttpServerTest, ClientOfHttp10GetsAPlainAnswerAndTheEnd) {
  Serve(Answering("x"));

  EXPECT_EQ(Exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
}

TEST_F(HttpServerTest, HandlerWithoutAnAnswerGives500) {
  Serve([](const HttpRequest&, const HttpPeer&, HttpResponder&) -> asio::awaitable<void> {
    co_return;
  });

  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
}

TEST_F(HttpServerTest, DroppedAnswerIsTheEndOfTheConnection) {
  Serve([](const HttpRequest&, const HttpPeer&, HttpResponder& responder) -> asio::awaitable<void> {
    responder.Drop();
    co_return;
  });

  EXPECT_EQ(Exchange("GET / HTTP/1.1\r\n\r\n"), "");
}

TEST_F(HttpServerTest, LimitsAndNonsenseAreRefusedByStatus) {
  HttpServerOptions options;
  options.max_header_bytes = 1000;
  options.max_body_bytes = 10;
  Serve(Answering("x"), options);

  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nA: " + std::string(2000, 'a')),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Exchange("\x16\x03\x01 nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nContent-Length: 10\r\nConnection: close\r\n\r\n"
                       "0123456789"),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, RefusedClientMayFinishSendingAndReadsTheRefusal) {
  Serve(Answering("x"));
  RawConnection client = Await(DialRaw(server_->port()));
  const std::string body(32u << 20, 'x');

  EXPECT_TRUE(Await(client.Send("POST / HTTP/1.1\r\nContent-Length: 33554432\r\n\r\n" + body)));
  client.HalfClose();

  EXPECT_THAT(Await(client.ReadAll()), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, ClientThatExpects100IsInvitedBeforeItSendsTheBody) {
  Serve(Answering("x"));
  RawConnection client = Await(DialRaw(server_->port()));

  Await(
      client.Send("POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
                  "Connection: close\r\n\r\n"));
  EXPECT_EQ(Await(client.ReadHeader()), "HTTP/1.1 100 Continue\r\n\r\n");
  Await(client.Send("ab"));
  EXPECT_THAT(Await(client.ReadAll()), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, SlowRequestIsRefusedAtTheReadLimit) {
  ManualClock time(io_);
  Serve(Answering("x"), {}, time);
  RawConnection client = Await(DialRaw(server_->port()));
  Await(client.Send("GET / HTTP/1.1\r\nHos"));
  time.Advance(29s);
  Await(client.Send("t: h\r\n"));

  time.Advance(2s);

  EXPECT_THAT(Await(client.ReadHeader()), StartsWith("HTTP/1.1 408 "));
  Await(server_->Stop());
  server_.reset();
}

TEST_F(HttpServerTest, SlowClientsAndTakenConnectionsAreTold) {
  ManualClock time(io_);
  std::vector<HttpServerLimit> told;
  Serve(
      Answering("x"),
      {.max_connections = 2, .on_limit = [&told](HttpServerLimit limit) { told.push_back(limit); }},
      time);
  RawConnection slow = Await(DialRaw(server_->port()));
  RawConnection silent = Await(DialRaw(server_->port()));
  Await(slow.Send("GET / HTTP/1.1\r\nHos"));
  while (told.empty()) RunOne();
  EXPECT_EQ(told, std::vector{HttpServerLimit::kConnections});

  time.Advance(31s);
  EXPECT_THAT(Await(slow.ReadHeader()), StartsWith("HTTP/1.1 408 "));

  EXPECT_EQ(std::ranges::count(told, HttpServerLimit::kSlowClient), 2);
  Await(server_->Stop());
  server_.reset();
}

TEST_F(HttpServerTest, SilentClientIsDroppedAtTheReadLimitAndAKnownOneAtTheIdleLimit) {
  ManualClock time(io_);
  Serve(Answering("x"), {}, time);
  RawConnection silent = Await(DialRaw(server_->port()));
  RawConnection known = Await(DialRaw(server_->port()));
  Await(known.Send("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_THAT(Await(known.ReadHeader()), StartsWith("HTTP/1.1 200 "));

  time.Advance(31s);
  EXPECT_EQ(Await(silent.ReadAll()), "");
  Await(known.Send("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_THAT(Await(known.ReadHeader()), HasSubstr("HTTP/1.1 200 "));
  time.Advance(91s);
  EXPECT_THAT(Await(known.ReadAll()), testing::Not(HasSubstr("HTTP")));
  Await(server_->Stop());
  server_.reset();
}

TEST_F(HttpServerTest, ClientThatHasGoneEndsTheHandlersWritesWithUnavailable) {
  Serve(Flooding());
  RawConnection client = Await(DialRaw(server_->port()));
  Await(client.Send("GET / HTTP/1.1\r\n\r\n"));
  (void)Await(client.ReadHeader());

  client.Close();
  while (!flooded_) RunOne();

  EXPECT_EQ(flooded_->error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpServerTest, ClientThatDoesNotReadIsDroppedAtTheWriteLimit) {
  ManualClock time(io_);
  Serve(Flooding(), {}, time);
  RawConnection client = Await(DialRaw(server_->port()));
  Await(client.Send("GET / HTTP/1.1\r\n\r\n"));

  for (int i = 0; i < 10 && !flooded_; ++i) time.Advance(31s);

  ASSERT_TRUE(flooded_);
  EXPECT_EQ(flooded_->error().code, ErrorCode::kUnavailable);
  Await(server_->Stop());
  server_.reset();
}

TEST_F(HttpServerTest, ConnectionsBeyondTheCapWaitForAPlace) {
  HttpServerOptions options;
  options.max_connections = 1;
  Serve(Answering("x"), options);
  RawConnection first = Await(DialRaw(server_->port()));
  Await(first.Send("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_THAT(Await(first.ReadHeader()), StartsWith("HTTP/1.1 200 "));
  RawConnection second = Await(DialRaw(server_->port()));
  Await(second.Send("GET / HTTP/1.1\r\n\r\n"));
  std::string answer;
  tasks_.Spawn("second", [](RawConnection* from, std::string* to) -> asio::awaitable<void> {
    *to = co_await from->ReadHeader();
  }(&second, &answer));
  while (io_.poll() > 0) {
  }
  EXPECT_EQ(answer, "");

  first.Close();
  while (answer.empty()) RunOne();

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, StopCancelsHandlersAndClosesEveryConnection) {
  Serve(Waiting());
  RawConnection handled = Await(DialRaw(server_->port()));
  Await(handled.Send("GET / HTTP/1.1\r\n\r\n"));
  RawConnection half = Await(DialRaw(server_->port()));
  Await(half.Send("GET / HT"));
  RawConnection silent = Await(DialRaw(server_->port()));
  while (waiting_ == 0) RunOne();

  Await(server_->Stop());

  ASSERT_EQ(waited_.size(), 1u);
  EXPECT_EQ(waited_[0].error().code, ErrorCode::kCancelled);
  EXPECT_EQ(Await(handled.ReadAll()), "");
  EXPECT_EQ(Await(half.ReadAll()), "");
  EXPECT_EQ(Await(silent.ReadAll()), "");
}

TEST_F(HttpServerTest, ListenAddressesThatCannotBeAreErrors) {
  Serve(Answering("x"));
  const auto start = [&](std::string listen) {
    return StartHttpServer({.listen = std::move(listen)}, Answering("y"), io_.get_executor(),
                           clock_, log_);
  };

  EXPECT_EQ(start(server_->address()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(start("192.0.2.1:0").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(start("nonsense").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(start("host.example:80").error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace vk::base
