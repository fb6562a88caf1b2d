#include "base/http/client.h"

#include <deque>
#include <optional>
#include <utility>

#include "base/deadline.h"
#include "base/http/byte_stream.h"
#include "base/http/codec.h"
#include "base/http/socket_stream.h"
#include "base/http/url.h"
#include "base/semaphore.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;

// A request ready for the wire, and what its reply's reader has to know.
struct Call {
  std::string wire;
  bool head = false;
  const SendPermit* permit = nullptr;
  std::string what;  // For messages; without the query, which may carry a signature.
};

struct Connection {
  std::unique_ptr<ByteStream> stream;
  std::shared_ptr<TlsClientContext> tls{};  // What it was made with.
  std::string input{};                      // Came and is not read yet.
  bool answered = false;                    // Something came since the last request.
  TimePoint idle_since{};                   // Meaningful in the pool.
};

Error ReplyError(HttpFault fault, const MessageParser& parser, bool answered) {
  switch (fault) {
    case HttpFault::kHeaderTooLarge:
      return Error(ErrorCode::kInternal, "read reply: its header is over the size limit");
    case HttpFault::kBodyTooLarge:
      return Error(ErrorCode::kInternal, "read reply: its body is over the size limit");
    case HttpFault::kTruncated:
      return Error(ErrorCode::kUnavailable,
                   answered ? "read reply: the connection was closed in the middle of it"
                            : "read reply: the connection was closed before it");
    case HttpFault::kMalformed:
    case HttpFault::kNone:
      break;
  }
  return Error(ErrorCode::kInternal, "read reply: not HTTP/1.1: " + parser.FaultText());
}

// Reads once and gives what came to `parser`.
asio::awaitable<Status> Feed(Connection& connection, MessageParser& parser) {
  VK_CO_TRY(count, co_await ReadInto(*connection.stream, &connection.input));
  connection.answered |= count > 0;
  const HttpFault fault = count > 0 ? parser.Take(&connection.input) : parser.TakeEnd();
  if (fault == HttpFault::kNone) co_return Status();
  co_return std::unexpected(ReplyError(fault, parser, connection.answered));
}

// Sends `call` and reads up to the end of the reply's header.
asio::awaitable<Result<std::unique_ptr<ReplyParser>>> Exchange(Connection& connection,
                                                               const Call& call,
                                                               ParseLimits limits) {
  connection.answered = false;
  if (call.permit != nullptr && !call.permit->MaySend()) co_return std::unexpected(NotSentError());
  // Who refuses a request early answers and closes; the answer says more than the failed write.
  const Status written = co_await connection.stream->Write(call.wire);
  if (!written && written.error().code != ErrorCode::kUnavailable)
    co_return std::unexpected(written.error());
  for (;;) {
    std::unique_ptr<ReplyParser> parser = MakeReplyParser(limits, call.head);
    HttpFault fault = parser->Take(&connection.input);
    if (fault != HttpFault::kNone)
      co_return std::unexpected(ReplyError(fault, *parser, connection.answered));
    while (!parser->header_done()) {
      Status fed = co_await Feed(connection, *parser);
      if (!fed) co_return std::unexpected(written ? fed.error() : written.error());
    }
    // 1xx only announces the reply (RFC 9110, 15.2).
    if (parser->status() >= 200) co_return std::move(parser);
  }
}

class SocketHttpStream final : public HttpStream {
 public:
  SocketHttpStream(Connection connection, std::unique_ptr<ReplyParser> parser, std::string what,
                   Clock& clock)
      : connection_(std::move(connection)),
        parser_(std::move(parser)),
        what_(std::move(what)),
        clock_(clock),
        status_(parser_->status()),
        headers_(parser_->Headers()) {}

  int status() const override { return status_; }
  const HttpHeaders& headers() const override { return headers_; }

  asio::awaitable<Result<std::string>> Read(TimePoint deadline) override {
    for (;;) {
      std::string bytes = parser_->TakeBody();
      if (!bytes.empty() || parser_->done()) co_return bytes;
      if (broken_) co_return std::unexpected(*broken_);
      // What comes is kept in the parser, so that nothing is lost to a deadline.
      Status fed = co_await WithDeadline<void>(clock_, deadline, "read " + what_,
                                               Feed(connection_, *parser_));
      if (fed) continue;
      const ErrorCode code = fed.error().code;
      if (code == ErrorCode::kCancelled || code == ErrorCode::kDeadlineExceeded)
        co_return std::unexpected(std::move(fed).error());
      broken_ = std::move(fed).error().In(what_);
    }
  }

 private:
  Connection connection_;
  std::unique_ptr<ReplyParser> parser_;
  const std::string what_;
  Clock& clock_;
  const int status_;
  const HttpHeaders headers_;
  std::optional<Error> broken_;
};

class PooledClient final : public HttpTransport {
 public:
  PooledClient(HttpClientOptions options, HttpOrigin origin, asio::any_io_executor executor,
               Clock& clock)
      : options_(std::move(options)),
        origin_(std::move(origin)),
        clock_(clock),
        places_(options_.max_connections, std::move(executor)) {}

  asio::awaitable<Result<HttpResponse>> Send(HttpRequest request, Repeat repeat,
                                             TimePoint deadline) override {
    VK_CO_TRY(call, Prepare(request));
    auto reply =
        co_await WithDeadline<HttpResponse>(clock_, deadline, call.what, SendInTurn(call, repeat));
    co_return Explained(std::move(reply), call);
  }

  asio::awaitable<Result<std::unique_ptr<HttpStream>>> Open(HttpRequest request,
                                                            TimePoint deadline) override {
    VK_CO_TRY(call, Prepare(request));
    auto stream = co_await WithDeadline<std::unique_ptr<HttpStream>>(clock_, deadline, call.what,
                                                                     OpenOwn(call));
    co_return Explained(std::move(stream), call);
  }

 private:
  Result<Call> Prepare(const HttpRequest& request) const;
  asio::awaitable<Result<HttpResponse>> SendInTurn(const Call& call, Repeat repeat);
  asio::awaitable<Result<HttpResponse>> SendInPlace(const Call& call, Repeat repeat);
  asio::awaitable<Result<HttpResponse>> SendFresh(const Call& call);
  asio::awaitable<Result<HttpResponse>> SendOn(Connection& connection, const Call& call);
  asio::awaitable<Result<std::unique_ptr<HttpStream>>> OpenOwn(const Call& call);
  asio::awaitable<Result<Connection>> Connect();
  std::shared_ptr<TlsClientContext> PresentTls() const {
    return options_.present_tls ? options_.present_tls() : options_.tls;
  }
  std::optional<Connection> TakeIdle();

  // Puts in front of the error which request it was.
  template <class T>
  static Result<T> Explained(Result<T> result, const Call& call) {
    if (result || result.error().code == ErrorCode::kDeadlineExceeded) return result;
    return std::unexpected(std::move(result).error().In(call.what));
  }

  const HttpClientOptions options_;
  const HttpOrigin origin_;
  Clock& clock_;
  Semaphore places_;
  std::deque<Connection> idle_;  // Longest idle first.
};

Result<Call> PooledClient::Prepare(const HttpRequest& request) const {
  VK_TRY(wire, EncodeRequest(request, origin_.Host(), options_.user_agent));
  return Call{.wire = std::move(wire),
              .head = request.method == "HEAD",
              .permit = request.permit,
              .what = request.method + " " + origin_.Text() +
                      request.target.substr(0, request.target.find('?'))};
}

asio::awaitable<Result<HttpResponse>> PooledClient::SendInTurn(const Call& call, Repeat repeat) {
  VK_CO_CHECK_OK(co_await places_.Acquire());
  auto reply = co_await SendInPlace(call, repeat);
  places_.Release();
  co_return reply;
}

asio::awaitable<Result<HttpResponse>> PooledClient::SendInPlace(const Call& call, Repeat repeat) {
  if (std::optional<Connection> reused = TakeIdle()) {
    auto reply = co_await SendOn(*reused, call);
    const bool went_stale =
        !reply && reply.error().code == ErrorCode::kUnavailable && !reused->answered;
    if (!went_stale || repeat == Repeat::kOnce) co_return reply;
    // The bytes of the first try may have arrived, whatever becomes of the second.
    auto second = co_await SendFresh(call);
    const bool stopped = !second && WasNotSent(second.error());
    co_return stopped ? std::move(reply) : std::move(second);
  }
  co_return co_await SendFresh(call);
}

asio::awaitable<Result<HttpResponse>> PooledClient::SendFresh(const Call& call) {
  VK_CO_TRY(fresh, co_await Connect());
  co_return co_await SendOn(fresh, call);
}

// Leaves the connection in the pool if it can serve again.
asio::awaitable<Result<HttpResponse>> PooledClient::SendOn(Connection& connection,
                                                           const Call& call) {
  const TimePoint sent = clock_.Now();
  VK_CO_TRY(parser, co_await Exchange(connection, call, {.body_bytes = options_.max_reply_bytes}));
  while (!parser->done()) VK_CO_CHECK_OK(co_await Feed(connection, *parser));
  HttpResponse reply{.status = parser->status(),
                     .headers = parser->Headers(),
                     .body = parser->TakeBody(),
                     .sent = sent};
  if (parser->keep_alive() && connection.input.empty()) {
    connection.idle_since = clock_.Now();
    idle_.push_back(std::move(connection));
  }
  co_return reply;
}

asio::awaitable<Result<std::unique_ptr<HttpStream>>> PooledClient::OpenOwn(const Call& call) {
  VK_CO_TRY(connection, co_await Connect());
  VK_CO_TRY(parser, co_await Exchange(connection, call, {}));
  co_return std::make_unique<SocketHttpStream>(std::move(connection), std::move(parser), call.what,
                                               clock_);
}

asio::awaitable<Result<Connection>> PooledClient::Connect() {
  std::shared_ptr<TlsClientContext> tls = PresentTls();
  auto stream = co_await WithDeadline<std::unique_ptr<ByteStream>>(
      clock_, clock_.Now() + options_.connect_limit, "connect", Dial(origin_.at, tls));
  if (stream) co_return Connection{.stream = std::move(*stream), .tls = std::move(tls)};
  // Nothing was sent yet, so this is not the caller's deadline, whose effect is uncertain.
  if (stream.error().code == ErrorCode::kDeadlineExceeded)
    co_return std::unexpected(
        Error(ErrorCode::kUnavailable,
              "connect: no answer within " + std::to_string(options_.connect_limit.count()) +
                  " s; check the address and that nothing on the way drops packets"));
  co_return std::unexpected(std::move(stream).error());
}

// The connection that was used last, without those that are too old, that the server closed, or
// that were made as somebody we are no longer: a server may check the client's certificate at every
// request and refuses one that has expired since.
std::optional<Connection> PooledClient::TakeIdle() {
  const TimePoint oldest = clock_.Now() - options_.idle_limit;
  const std::shared_ptr<TlsClientContext> tls = PresentTls();
  std::erase_if(idle_, [&](const Connection& idle) { return idle.tls != tls; });
  while (!idle_.empty() && idle_.front().idle_since < oldest) idle_.pop_front();
  while (!idle_.empty()) {
    Connection latest = std::move(idle_.back());
    idle_.pop_back();
    if (latest.stream->Silent()) return latest;
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<HttpTransport>> MakeHttpClient(HttpClientOptions options,
                                                      asio::any_io_executor executor,
                                                      Clock& clock) {
  VK_TRY(origin, ParseHttpOrigin(options.url));
  if (options.max_connections < 1)
    return std::unexpected(
        Error(ErrorCode::kInvalidArgument, "make HTTP client: max_connections is below 1"));
  if (!origin.tls) {
    options.tls = nullptr;
    options.present_tls = nullptr;
  } else if (!options.tls && !options.present_tls) {
    VK_TRY(system, MakeTlsClientContext({}));
    options.tls = std::move(system);
  }
  return std::make_unique<PooledClient>(std::move(options), std::move(origin), std::move(executor),
                                        clock);
}

}  // namespace vk::base
