#include "base/http/client.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <vector>

#include "base/event.h"
#include "test/base/http/http_fixture.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class HttpClientTest : public HttpTest {
 protected:
  // What the echoing handler saw.
  struct Seen {
    std::vector<std::string> targets;
    std::set<std::string> peers;
    int active = 0;
    int most_active = 0;
  };

  HttpHandler Echo() {
    return [this](const HttpRequest& request, const HttpPeer& peer, HttpResponder& responder) {
      return EchoOne(&seen_, request, peer, responder);
    };
  }

  // Like Echo, but each answer waits for Release(target).
  HttpHandler Gated() {
    return [this](const HttpRequest& request, const HttpPeer&, HttpResponder& responder) {
      return GatedOne(this, request, responder);
    };
  }

  Event& Gate(const std::string& target) {
    return gates_.try_emplace(target, io_.get_executor()).first->second;
  }

  Result<HttpResponse> Get(const std::string& target, Repeat repeat = Repeat::kSafe) {
    return Await(client_->Send({.target = target}, repeat, Soon()));
  }

  // Sends in the background and keeps the result under its target.
  void StartGet(const std::string& target, TimePoint deadline, TaskGroup& group) {
    group.Spawn("get", GetInto(client_.get(), target, deadline, &results_));
  }

  static asio::awaitable<void> GetInto(HttpTransport* client, std::string target,
                                       TimePoint deadline,
                                       std::map<std::string, Result<HttpResponse>>* results) {
    auto reply = co_await client->Send({.target = target}, Repeat::kSafe, deadline);
    results->emplace(target, std::move(reply));
  }

  // Serves one connection: to each request the next text; "" closes instead of answering.
  static asio::awaitable<void> Script(RawServer* server, std::vector<std::string> answers) {
    RawConnection connection = co_await server->Accept();
    for (const std::string& answer : answers) {
      if ((co_await connection.ReadHeader()).empty()) co_return;
      co_await connection.Send(answer);
    }
    if (!answers.empty() && answers.back() == kOk) (void)co_await connection.ReadHeader();
  }

  void StartScript(std::vector<std::string> answers) {
    tasks_.Spawn("raw server", Script(&raw_, std::move(answers)));
  }

  Seen seen_;
  std::map<std::string, Event> gates_;
  std::map<std::string, Result<HttpResponse>> results_;

 private:
  static asio::awaitable<void> EchoOne(Seen* seen, const HttpRequest& request, const HttpPeer& peer,
                                       HttpResponder& responder) {
    seen->targets.push_back(request.target);
    seen->peers.insert(peer.address);
    (void)co_await responder.Reply(
        {.status = 200, .headers = {{"X-Method", request.method}}, .body = request.body + "!"});
  }

  static asio::awaitable<void> GatedOne(HttpClientTest* test, const HttpRequest& request,
                                        HttpResponder& responder) {
    test->seen_.targets.push_back(request.target);
    test->seen_.most_active = std::max(test->seen_.most_active, ++test->seen_.active);
    (void)co_await test->Gate(request.target).Wait();
    --test->seen_.active;
    (void)co_await responder.Reply({.status = 200, .body = request.target});
  }
};

TEST_F(HttpClientTest, KeepAliveThenOneConnectionServesAll) {
  Serve(Echo());
  Client(Url());

  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Get("/"));

  EXPECT_EQ(seen_.peers.size(), 1u);
}

TEST_F(HttpClientTest, MethodBodyAndHeadersArriveAndComeBack) {
  Serve(Echo());
  Client(Url());

  const auto reply = Await(client_->Send({.method = "PUT", .body = "body"}, Repeat::kOnce, Soon()));

  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "body!");
  EXPECT_EQ(FindHeader(reply->headers, "x-method"), "PUT");
}

TEST_F(HttpClientTest, HeadReplyHasLengthButNoBody) {
  Serve(Echo());
  Client(Url());

  const auto reply = Await(client_->Send({.method = "HEAD"}, Repeat::kSafe, Soon()));

  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(FindHeader(reply->headers, "Content-Length"), "1");
  EXPECT_EQ(reply->body, "");
  EXPECT_TRUE(Get("/again"));
  EXPECT_EQ(seen_.peers.size(), 1u);
}

TEST_F(HttpClientTest, PoolIsBoundedAndWaitersComeInOrder) {
  Serve(Gated());
  Client(HttpClientOptions{.url = Url(), .max_connections = 2});
  const std::vector<std::string> targets = {"/0", "/1", "/2", "/3", "/4", "/5"};
  for (const std::string& target : targets) StartGet(target, Soon(), tasks_);

  for (std::size_t i = 0; i < targets.size(); ++i) {
    while (seen_.targets.size() < std::min(i + 2, targets.size())) RunOne();
    Gate(targets[i]).Set();
  }
  while (results_.size() < targets.size()) RunOne();

  EXPECT_EQ(seen_.most_active, 2);
  EXPECT_THAT(std::vector(seen_.targets.begin() + 2, seen_.targets.end()),
              testing::ElementsAre("/2", "/3", "/4", "/5"));
}

TEST_F(HttpClientTest, WaiterPastItsDeadlineLeavesItsPlaceToTheNext) {
  Serve(Gated());
  Client(HttpClientOptions{.url = Url(), .max_connections = 1});
  StartGet("/held", Soon(), tasks_);
  StartGet("/late", In(5ms), tasks_);
  StartGet("/next", Soon(), tasks_);
  while (!results_.contains("/late")) RunOne();

  Gate("/held").Set();
  Gate("/next").Set();
  while (results_.size() < 3) RunOne();

  EXPECT_EQ(results_.at("/late").error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(results_.at("/next"));
  EXPECT_THAT(seen_.targets, testing::ElementsAre("/held", "/next"));
}

// Says yes so often, then no.
class CountedPermit final : public SendPermit {
 public:
  explicit CountedPermit(int left) : left_(left) {}
  bool MaySend() const override { return left_-- > 0; }

 private:
  mutable int left_;
};

TEST_F(HttpClientTest, PermitIsAskedWhenTheRequestIsToBeWrittenAndNotBefore) {
  Serve(Gated());
  Client(HttpClientOptions{.url = Url(), .max_connections = 1});
  StartGet("/held", Soon(), tasks_);
  const CountedPermit permit(0);
  std::optional<Result<HttpResponse>> late;
  tasks_.Spawn(
      "late",
      [](HttpTransport* client, const SendPermit* asked,
         std::optional<Result<HttpResponse>>* result, TimePoint deadline) -> asio::awaitable<void> {
        result->emplace(
            co_await client->Send({.target = "/late", .permit = asked}, Repeat::kSafe, deadline));
      }(client_.get(), &permit, &late, Soon()));
  while (seen_.targets.empty()) RunOne();
  EXPECT_FALSE(late);

  Gate("/held").Set();
  while (!late) RunOne();

  EXPECT_TRUE(WasNotSent(late->error()));
  Gate("/next").Set();
  EXPECT_TRUE(Get("/next"));
  EXPECT_THAT(seen_.targets, testing::ElementsAre("/held", "/next"));
}

TEST_F(HttpClientTest, RepetitionThatIsNotPermittedLeavesTheFirstTrysError) {
  StartScript({kOk, ""});
  Client(raw_.url());
  ASSERT_TRUE(Get("/1"));

  const CountedPermit permit(1);
  const auto reply =
      Await(client_->Send({.target = "/2", .permit = &permit}, Repeat::kSafe, Soon()));

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, CancelledCallsEndWithValuesAndFreeTheirPlaces) {
  Serve(Gated());
  Client(HttpClientOptions{.url = Url(), .max_connections = 1});
  TaskGroup callers(io_.get_executor());
  StartGet("/held", Soon(), callers);
  StartGet("/waiting", Soon(), callers);
  while (seen_.targets.empty()) RunOne();

  callers.Cancel();
  Await(callers.Join());

  EXPECT_EQ(results_.at("/held").error().code, ErrorCode::kCancelled);
  EXPECT_EQ(results_.at("/waiting").error().code, ErrorCode::kCancelled);
  Gate("/after").Set();
  EXPECT_TRUE(Get("/after"));
}

TEST_F(HttpClientTest, ReusedConnectionThatDiesBeforeTheReplyIsReplacedWhenSafe) {
  StartScript({kOk, ""});
  StartScript({kOk});
  Client(raw_.url());
  ASSERT_TRUE(Get("/1"));

  const auto reply = Get("/2", Repeat::kSafe);

  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(raw_.accepted(), 2);
}

TEST_F(HttpClientTest, ReusedConnectionThatDiesBeforeTheReplyIsReportedWhenOnce) {
  StartScript({kOk, ""});
  StartScript({kOk});
  Client(raw_.url());
  ASSERT_TRUE(Get("/1"));

  const auto reply = Get("/2", Repeat::kOnce);

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(raw_.accepted(), 1);
  EXPECT_TRUE(Get("/3", Repeat::kOnce));
}

TEST_F(HttpClientTest, ReplyThatBreaksAfterItsFirstByteIsNotRepeated) {
  StartScript({kOk, "HTTP/1"});
  StartScript({kOk});
  Client(raw_.url());
  ASSERT_TRUE(Get("/1"));

  const auto reply = Get("/2", Repeat::kSafe);

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(raw_.accepted(), 1);
}

TEST_F(HttpClientTest, FreshConnectionThatDiesIsNotRepeated) {
  StartScript({""});
  StartScript({kOk});
  Client(raw_.url());

  const auto reply = Get("/", Repeat::kSafe);

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(raw_.accepted(), 1);
}

TEST_F(HttpClientTest, ConnectionClosedWhileIdleCostsNothing) {
  tasks_.Spawn("raw server", [](RawServer* server) -> asio::awaitable<void> {
    RawConnection connection = co_await server->Accept();
    (void)co_await connection.ReadHeader();
    co_await connection.Send(kOk);
  }(&raw_));
  Client(raw_.url());
  ASSERT_TRUE(Get("/1"));
  while (tasks_.size() > 0) RunOne();
  StartScript({kOk});

  const auto reply = Get("/2", Repeat::kOnce);

  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(raw_.accepted(), 2);
}

TEST_F(HttpClientTest, ConnectionIdleForTooLongIsNotReused) {
  Serve(Echo());
  Client(HttpClientOptions{.url = Url(), .idle_limit = std::chrono::seconds(0)});

  ASSERT_TRUE(Get("/1"));
  ASSERT_TRUE(Get("/2"));

  EXPECT_EQ(seen_.peers.size(), 2u);
}

TEST_F(HttpClientTest, ConnectionCloseIsObeyed) {
  const std::string closing = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  StartScript({closing});
  StartScript({kOk});
  Client(raw_.url());

  ASSERT_TRUE(Get("/1"));
  ASSERT_TRUE(Get("/2", Repeat::kOnce));

  EXPECT_EQ(raw_.accepted(), 2);
}

TEST_F(HttpClientTest, ServerThatNeverAnswersMeetsTheDeadlineAndThePoolRecovers) {
  Serve(Gated());
  Client(HttpClientOptions{.url = Url(), .max_connections = 1});

  const auto reply = Await(client_->Send({.target = "/held?secret=1"}, Repeat::kSafe, In(10ms)));

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(reply.error().message, "GET " + Url() + "/held: no end in time");
  Gate("/next").Set();
  EXPECT_TRUE(Get("/next"));
}

TEST_F(HttpClientTest, BrokenRepliesHaveClearCodesAndThePoolRecovers) {
  struct Row {
    std::string answer;
    ErrorCode code;
  };
  const Row rows[] = {
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", ErrorCode::kInternal},
      {"HTTP/1.1 200 OK\r\nContent-Le", ErrorCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", ErrorCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", ErrorCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", ErrorCode::kInternal},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", ErrorCode::kInternal},
  };
  Client(HttpClientOptions{.url = raw_.url(), .max_connections = 1, .max_reply_bytes = 1000});
  for (const Row& row : rows) {
    StartScript({row.answer});
    const auto broken = Get("/");
    ASSERT_FALSE(broken) << row.answer;
    EXPECT_EQ(broken.error().code, row.code) << row.answer << ": " << broken.error().message;
  }

  StartScript({kOk});
  EXPECT_TRUE(Get("/"));
}

TEST_F(HttpClientTest, ResetInTheMiddleOfABodyIsUnavailable) {
  tasks_.Spawn("raw server", [](RawServer* server) -> asio::awaitable<void> {
    RawConnection connection = co_await server->Accept();
    (void)co_await connection.ReadHeader();
    co_await connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    connection.Reset();
  }(&raw_));
  Client(raw_.url());

  const auto reply = Get("/");

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, HalfClosedServerStillGivesItsReply) {
  tasks_.Spawn("raw server", [](RawServer* server) -> asio::awaitable<void> {
    RawConnection connection = co_await server->Accept();
    (void)co_await connection.ReadHeader();
    co_await connection.Send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
    connection.HalfClose();
    (void)co_await connection.ReadAll();
  }(&raw_));
  Client(raw_.url());

  const auto reply = Get("/");

  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, "until the end");
}

TEST_F(HttpClientTest, EarlyRefusalIsReadThoughTheServerHungUp) {
  StartScript({"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"});
  StartScript({kOk});
  Client(raw_.url());

  const auto reply = Await(client_->Send({.method = "POST", .body = std::string(32u << 20, 'x')},
                                         Repeat::kOnce, Soon()));

  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 413);
  EXPECT_TRUE(Get("/"));
}

TEST_F(HttpClientTest, InformationalRepliesAreSkipped) {
  StartScript({std::string("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n") + kOk});
  Client(raw_.url());

  const auto reply = Get("/");

  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 200);
}

TEST_F(HttpClientTest, NobodyListensThenUnavailable) {
  std::string url;
  {
    const RawServer gone(io_);
    url = gone.url();
  }
  Client(url);

  const auto reply = Get("/");

  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(reply.error().message.find("Connection refused"), std::string::npos)
      << reply.error().message;
}

TEST_F(HttpClientTest, HostNamesAreLookedUp) {
  Serve(Echo());
  Client("http://localhost:" + std::to_string(server_->port()));

  EXPECT_TRUE(Get("/"));
}

TEST_F(HttpClientTest, BadOptionsAreRefused) {
  EXPECT_EQ(MakeHttpClient({.url = "nonsense"}, io_.get_executor(), clock_).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(HttpClientTest, ThousandRequestsShareEightConnections) {
  Serve(Echo());
  Client(HttpClientOptions{.url = Url(), .max_connections = 8});

  for (int i = 0; i < 1000; ++i) StartGet("/" + std::to_string(i), Soon(), tasks_);
  while (results_.size() < 1000) RunOne();

  for (const auto& [target, reply] : results_) ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(seen_.peers.size(), 8u);
}

asio::awaitable<void> Hang(Clock* clock, bool* asked) {
  *asked = true;
  (void)co_await clock->SleepUntil(clock->Now() + 1h);
}

TEST_F(HttpClientTest, ContextThatEndsInTheMiddleOfCallsLeavesNothingBehind) {
  struct KillableContext : asio::io_context {
    using execution_context::shutdown;
  };
  KillableContext killed;
  AsioClock clock(killed);
  bool asked = false;
  const HttpHandler hang = [&](const HttpRequest&, const HttpPeer&, HttpResponder&) {
    return Hang(&clock, &asked);
  };
  auto server =
      StartHttpServer({.listen = "127.0.0.1:0"}, hang, killed.get_executor(), clock, log_).value();
  auto client = MakeHttpClient({.url = "http://" + server->address(), .max_connections = 1},
                               killed.get_executor(), clock)
                    .value();
  TaskGroup tasks(killed.get_executor());
  tasks.Spawn("held", GetInto(client.get(), "/held", Soon(), &results_));
  tasks.Spawn("waiting", GetInto(client.get(), "/waiting", Soon(), &results_));
  while (!asked) killed.run_one();

  killed.shutdown();
  client.reset();
  server.reset();

  EXPECT_TRUE(results_.empty());
}

class HttpStreamTest : public HttpTest {
 protected:
  // Streams the pieces one by one, each when `next_` is set.
  HttpHandler Pieces(std::vector<std::string> pieces) {
    return [this, pieces](const HttpRequest&, const HttpPeer&, HttpResponder& responder) {
      return Stream(this, pieces, responder);
    };
  }

  std::unique_ptr<HttpStream> Open() {
    auto stream = Await(client_->Open({.target = "/watch"}, Soon()));
    EXPECT_TRUE(stream) << stream.error().message;
    return stream ? std::move(*stream) : nullptr;
  }

  Event next_{io_.get_executor()};

 private:
  static asio::awaitable<void> Stream(HttpStreamTest* test, std::vector<std::string> pieces,
                                      HttpResponder& responder) {
    (void)co_await responder.Start(200, {{"Content-Type", "application/json"}});
    for (const std::string& piece : pieces) {
      if (!co_await test->next_.Wait()) co_return;
      if (!co_await responder.Write(piece)) co_return;
    }
  }
};

TEST_F(HttpStreamTest, ChunksComeOneByOneUntilTheRegularEnd) {
  Serve(Pieces({"one", "two"}));
  Client(Url());
  const auto stream = Open();
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->status(), 200);
  EXPECT_EQ(FindHeader(stream->headers(), "content-type"), "application/json");

  next_.Set();
  EXPECT_EQ(*Await(stream->Read(Soon())), "one");
  next_.Set();
  EXPECT_EQ(*Await(stream->Read(Soon())), "two");
  EXPECT_EQ(*Await(stream->Read(Soon())), "");
  EXPECT_EQ(*Await(stream->Read(Soon())), "");
}

TEST_F(HttpStreamTest, ReadPastItsDeadlineLeavesTheStreamUsable) {
  Serve(Pieces({"late"}));
  Client(Url());
  const auto stream = Open();
  ASSERT_TRUE(stream);

  const auto nothing = Await(stream->Read(In(2ms)));
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kDeadlineExceeded);

  next_.Set();
  EXPECT_EQ(*Await(stream->Read(Soon())), "late");
}

TEST_F(HttpStreamTest, StreamsDoNotTakePlacesOfThePool) {
  Serve(Pieces({}));
  Client(HttpClientOptions{.url = Url(), .max_connections = 1});

  const auto first = Open();
  const auto second = Open();

  EXPECT_TRUE(Await(client_->Send({}, Repeat::kSafe, Soon())));
}

TEST_F(HttpStreamTest, BrokenConnectionIsUnavailableAndStaysSo) {
  tasks_.Spawn("raw server", [](RawServer* server) -> asio::awaitable<void> {
    RawConnection connection = co_await server->Accept();
    (void)co_await connection.ReadHeader();
    co_await connection.Send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nd");
    connection.Close();
  }(&raw_));
  Client(raw_.url());
  const auto stream = Open();
  ASSERT_TRUE(stream);

  std::string got;
  Result<std::string> read = Await(stream->Read(Soon()));
  for (; read; read = Await(stream->Read(Soon()))) got += *read;

  EXPECT_EQ(got, "abcd");
  EXPECT_EQ(read.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(Await(stream->Read(Soon())).error().code, ErrorCode::kUnavailable);
}

TEST_F(HttpStreamTest, ServerThatStopsBreaksTheStream) {
  Serve(Pieces({"never"}));
  Client(Url());
  const auto stream = Open();
  ASSERT_TRUE(stream);

  Await(server_->Stop());

  const auto read = Await(stream->Read(Soon()));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace vk::base
