#include "base/http/connection.h"

#include <string>
#include <utility>

#include "base/deadline.h"
#include "base/http/codec.h"
#include "base/task_group.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;

// How long a refused client may go on sending, so that it reads the refusal and not a reset.
constexpr std::chrono::seconds kLinger{2};

bool AllowsBody(int status) { return status >= 200 && status != 204 && status != 304; }

void TellSlow(const HttpServerOptions& options) {
  if (options.on_limit) options.on_limit(HttpServerLimit::kSlowClient);
}

// The answer to one request.
class ConnectionResponder final : public HttpResponder {
 public:
  // `unread`: what has come behind the request.
  ConnectionResponder(ByteStream& stream, std::string& unread, Clock& clock,
                      const HttpServerOptions& options)
      : stream_(stream), unread_(unread), clock_(clock), options_(options) {}

  void Expect(const RequestParser& request) {
    head_ = request.method() == "HEAD";
    http10_ = request.http10();
    keep_alive_ = request.keep_alive() && !http10_;
  }
  void CloseAfterwards() { keep_alive_ = false; }

  asio::awaitable<Status> Reply(HttpResponse response) override {
    VK_CO_CHECK_OK(Begin(response.headers));
    const Framing framing = AllowsBody(response.status) ? Framing::kLength : Framing::kNone;
    VK_CO_TRY(wire, EncodeReplyHeader(response.status, response.headers, framing,
                                      response.body.size(), keep_alive_));
    answered_ = true;
    if (framing == Framing::kLength && !head_) wire += response.body;
    co_return co_await Send(std::move(wire));
  }

  asio::awaitable<Status> Start(int status, HttpHeaders headers) override {
    VK_CO_CHECK_OK(Begin(headers));
    Framing framing = Framing::kNone;
    if (AllowsBody(status)) framing = http10_ ? Framing::kClose : Framing::kChunked;
    if (framing == Framing::kClose) keep_alive_ = false;
    VK_CO_TRY(wire, EncodeReplyHeader(status, headers, framing, 0, keep_alive_));
    answered_ = true;
    body_ = head_ ? Framing::kNone : framing;
    co_return co_await Send(std::move(wire));
  }

  asio::awaitable<Status> Write(std::string bytes) override {
    if (bytes.empty() || body_ == Framing::kNone) co_return sent_;
    if (body_ == Framing::kChunked) bytes = EncodeChunk(bytes);
    co_return co_await Send(std::move(bytes));
  }

  bool ClientGone() override { return !stream_.Silent(); }

  void Drop() override { dropped_ = true; }

  Result<TakenConnection> TakeOver() override {
    VK_CHECK_OK(Begin({}));
    answered_ = true;
    keep_alive_ = false;
    return TakenConnection{&stream_, std::exchange(unread_, {})};
  }

  // Ends the answer; true when the connection can serve the next request.
  asio::awaitable<bool> End() {
    if (dropped_) co_return false;
    if (!answered_) {
      sent_ = co_await Reply({.status = 500, .body = "the handler gave no answer\n"});
    } else if (body_ == Framing::kChunked) {
      sent_ = co_await Send(EncodeChunk(""));
    }
    co_return sent_.has_value() && keep_alive_;
  }

 private:
  Status Begin(const HttpHeaders& headers) {
    if (answered_)
      return std::unexpected(Error(ErrorCode::kInternal, "answer request: answered already"));
    if (FindHeader(headers, "Connection") == "close") keep_alive_ = false;
    return Status();
  }

  // After one failure nothing is sent any more.
  asio::awaitable<Status> Send(std::string wire) {
    if (!sent_) co_return sent_;
    sent_ = co_await WithDeadline<void>(clock_, clock_.Now() + options_.write_limit, "send answer",
                                        stream_.Write(wire));
    if (!sent_ && sent_.error().code == ErrorCode::kDeadlineExceeded) {
      TellSlow(options_);
      sent_ = std::unexpected(
          Error(ErrorCode::kUnavailable, "send answer: the client does not read it"));
    }
    co_return sent_;
  }

  ByteStream& stream_;
  std::string& unread_;
  Clock& clock_;
  const HttpServerOptions& options_;
  bool head_ = false;
  bool http10_ = false;
  bool keep_alive_ = true;
  bool answered_ = false;
  bool dropped_ = false;
  Framing body_ = Framing::kNone;
  Status sent_;
};

class Connection {
 public:
  Connection(Incoming incoming, const HttpServerOptions& options, const HttpHandler& handler,
             Clock& clock)
      : incoming_(std::move(incoming)), options_(options), handler_(handler), clock_(clock) {}

  asio::awaitable<void> Serve() {
    // A new client has to speak at once, a known one may rest.
    bool known = false;
    while (co_await AwaitRequest(known) && co_await ServeOne()) known = true;
    if (co_await Cancelled()) co_return;
    (void)co_await WithDeadline<void>(clock_, clock_.Now() + kLinger, "close", PartPolitely());
  }

 private:
  // True when the first bytes of a request are there.
  asio::awaitable<bool> AwaitRequest(bool known) {
    if (!input_.empty()) co_return true;
    const std::chrono::seconds patience = known ? options_.idle_limit : options_.read_limit;
    const auto count =
        co_await WithDeadline<std::size_t>(clock_, clock_.Now() + patience, "wait for a request",
                                           ReadInto(*incoming_.stream, &input_));
    if (!known && !count && count.error().code == ErrorCode::kDeadlineExceeded) TellSlow(options_);
    co_return count.value_or(0) > 0;
  }

  // True when the connection goes on.
  asio::awaitable<bool> ServeOne() {
    const auto parser = MakeRequestParser(
        {.header_bytes = options_.max_header_bytes, .body_bytes = options_.max_body_bytes});
    HttpFault fault = parser->Take(&input_);
    if (fault == HttpFault::kNone && !parser->done()) {
      const auto read = co_await WithDeadline<HttpFault>(clock_, clock_.Now() + options_.read_limit,
                                                         "read request", ReadRest(*parser));
      if (!read && read.error().code == ErrorCode::kDeadlineExceeded) {
        TellSlow(options_);
        co_return co_await Refuse(408, "the request did not arrive in time");
      }
      if (!read) co_return false;
      fault = *read;
    }
    if (fault != HttpFault::kNone) co_return co_await RefuseFault(fault, *parser);

    ConnectionResponder responder(*incoming_.stream, input_, clock_, options_);
    responder.Expect(*parser);
    const HttpRequest request{.method = parser->method(),
                              .target = parser->target(),
                              .headers = parser->Headers(),
                              .body = parser->TakeBody()};
    co_await handler_(request, incoming_.peer, responder);
    if (co_await Cancelled()) co_return false;
    co_return co_await responder.End();
  }

  asio::awaitable<Result<HttpFault>> ReadRest(RequestParser& parser) {
    bool invited = false;
    while (!parser.done()) {
      if (parser.header_done() && parser.expects_continue() && !std::exchange(invited, true))
        VK_CO_CHECK_OK(co_await incoming_.stream->Write("HTTP/1.1 100 Continue\r\n\r\n"));
      VK_CO_TRY(count, co_await ReadInto(*incoming_.stream, &input_));
      const HttpFault fault = count > 0 ? parser.Take(&input_) : parser.TakeEnd();
      if (fault != HttpFault::kNone) co_return fault;
    }
    co_return HttpFault::kNone;
  }

  asio::awaitable<bool> RefuseFault(HttpFault fault, const RequestParser& parser) {
    switch (fault) {
      case HttpFault::kHeaderTooLarge:
        co_return co_await Refuse(
            431, "the header is over " + std::to_string(options_.max_header_bytes) + " bytes");
      case HttpFault::kBodyTooLarge:
        co_return co_await Refuse(
            413, "the body is over " + std::to_string(options_.max_body_bytes) + " bytes");
      case HttpFault::kMalformed:
        co_return co_await Refuse(400, "not an HTTP/1.1 request: " + parser.FaultText());
      case HttpFault::kTruncated:
      case HttpFault::kNone:
        break;
    }
    co_return false;
  }

  asio::awaitable<bool> Refuse(int status, std::string why) {
    ConnectionResponder responder(*incoming_.stream, input_, clock_, options_);
    responder.CloseAfterwards();
    (void)co_await responder.Reply(
        {.status = status, .headers = {{"Content-Type", "text/plain"}}, .body = why + "\n"});
    refused_ = true;
    co_return false;
  }

  asio::awaitable<Status> PartPolitely() {
    co_await incoming_.stream->Finish();
    while (refused_) {
      input_.clear();
      VK_CO_TRY(count, co_await ReadInto(*incoming_.stream, &input_));
      if (count == 0) break;
    }
    co_return Status();
  }

  Incoming incoming_;
  const HttpServerOptions& options_;
  const HttpHandler& handler_;
  Clock& clock_;
  std::string input_;     // Came and is not read yet.
  bool refused_ = false;  // The client may still be sending what nobody will read.
};

}  // namespace

asio::awaitable<void> ServeConnection(Incoming incoming, const HttpServerOptions& options,
                                      const HttpHandler& handler, Clock& clock) {
  Connection connection(std::move(incoming), options, handler, clock);
  co_await connection.Serve();
}

}  // namespace vk::base
