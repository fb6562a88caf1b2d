#include "base/http/codec.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <string_view>

namespace vk::base {
namespace {

namespace http = boost::beast::http;

// A body that grows as it comes; Beast's string_body reserves what Content-Length claims.
struct GrowingBody {
  using value_type = std::string;

  class reader {
   public:
    template <bool kIsRequest, class Fields>
    reader(http::header<kIsRequest, Fields>&, std::string& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, boost::beast::error_code& error) {
      error = {};
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::beast::error_code& error) {
      error = {};
      std::size_t count = 0;
      for (auto next = boost::asio::buffer_sequence_begin(buffers);
           next != boost::asio::buffer_sequence_end(buffers); ++next) {
        const boost::asio::const_buffer piece(*next);
        body_.append(static_cast<const char*>(piece.data()), piece.size());
        count += piece.size();
      }
      return count;
    }
    void finish(boost::beast::error_code& error) { error = {}; }

   private:
    std::string& body_;
  };
};

std::string Text(boost::beast::string_view view) { return std::string(view.data(), view.size()); }

HttpFault FaultOf(const boost::beast::error_code& error) {
  if (!error) return HttpFault::kNone;
  if (error == http::error::header_limit) return HttpFault::kHeaderTooLarge;
  if (error == http::error::body_limit) return HttpFault::kBodyTooLarge;
  if (error == http::error::partial_message || error == http::error::end_of_stream)
    return HttpFault::kTruncated;
  return HttpFault::kMalformed;
}

// Beast's parser behind one of the two interfaces.
template <bool kIsRequest, class Interface>
class BeastParser : public Interface {
 public:
  explicit BeastParser(ParseLimits limits) {
    parser_.eager(true);
    parser_.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    if (limits.body_bytes) {
      parser_.body_limit(*limits.body_bytes);
    } else {
      parser_.body_limit(boost::none);
    }
  }

  HttpFault Take(std::string* input) override {
    if (in_chunk_header_ && input->size() < kLastChunk.size()) return HttpFault::kNone;
    std::size_t used = 0;
    while (!parser_.is_done() && used < input->size()) {
      error_ = {};
      used += parser_.put(boost::asio::buffer(input->data() + used, input->size() - used), error_);
      if (error_) break;
    }
    input->erase(0, used);
    in_chunk_header_ = error_ == http::error::need_more && parser_.is_header_done();
    if (error_ == http::error::need_more) error_ = {};
    return FaultOf(error_);
  }

  HttpFault TakeEnd() override {
    error_ = http::error::end_of_stream;
    if (parser_.got_some()) parser_.put_eof(error_);
    return FaultOf(error_);
  }

  std::string FaultText() const override { return error_.message(); }
  bool header_done() const override { return parser_.is_header_done(); }
  bool done() const override { return parser_.is_done(); }
  bool keep_alive() const override { return parser_.keep_alive(); }

  HttpHeaders Headers() const override {
    HttpHeaders headers;
    for (const auto& field : parser_.get())
      headers.emplace_back(Text(field.name_string()), Text(field.value()));
    return headers;
  }

  std::string TakeBody() override { return std::exchange(parser_.get().body(), {}); }

 protected:
  http::parser<kIsRequest, GrowingBody> parser_;

 private:
  // Nothing shorter can end a chunked body, and Boost.Beast 1.81 asserts on "0\r\n\r".
  static constexpr std::string_view kLastChunk = "0\r\n\r\n";

  boost::beast::error_code error_;
  bool in_chunk_header_ = false;
};

class BeastReplyParser final : public BeastParser<false, ReplyParser> {
 public:
  BeastReplyParser(ParseLimits limits, bool head) : BeastParser(limits) { parser_.skip(head); }
  int status() const override { return static_cast<int>(parser_.get().result_int()); }
};

class BeastRequestParser final : public BeastParser<true, RequestParser> {
 public:
  using BeastParser::BeastParser;
  std::string method() const override { return Text(parser_.get().method_string()); }
  std::string target() const override { return Text(parser_.get().target()); }
  bool http10() const override { return parser_.get().version() < 11; }
  bool expects_continue() const override {
    return boost::beast::iequals(parser_.get()[http::field::expect], "100-continue");
  }
};

// RFC 9110, 5.6.2: token.
bool IsToken(std::string_view text) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

bool IsTarget(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c != 0x7f; });
}

bool IsValue(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

Error Unfit(const std::string& what) {
  return Error(ErrorCode::kInvalidArgument, "write HTTP message: " + what);
}

// Appends the caller's headers without those that are the transport's own.
Status AppendHeaders(const HttpHeaders& headers, std::string* wire) {
  static constexpr std::string_view kOwn[] = {"host", "connection", "content-length",
                                              "transfer-encoding"};
  for (const auto& [name, value] : headers) {
    if (!IsToken(name)) return std::unexpected(Unfit("the header name is not a token"));
    if (!IsValue(value))
      return std::unexpected(Unfit("the value of header " + name + " has a line break"));
    const bool own = std::ranges::any_of(kOwn, [&](std::string_view mine) {
      return boost::beast::iequals({mine.data(), mine.size()}, {name.data(), name.size()});
    });
    if (own) continue;
    *wire += name;
    *wire += ": ";
    *wire += value;
    *wire += "\r\n";
  }
  return Status();
}

}  // namespace

std::unique_ptr<ReplyParser> MakeReplyParser(ParseLimits limits, bool head) {
  return std::make_unique<BeastReplyParser>(limits, head);
}

std::unique_ptr<RequestParser> MakeRequestParser(ParseLimits limits) {
  return std::make_unique<BeastRequestParser>(limits);
}

Result<std::string> EncodeRequest(const HttpRequest& request, std::string_view host,
                                  std::string_view user_agent) {
  if (!IsToken(request.method)) return std::unexpected(Unfit("the method is not a token"));
  if (!IsTarget(request.target))
    return std::unexpected(Unfit("the target is empty or has a space or control character"));
  std::string wire = request.method + " " + request.target + " HTTP/1.1\r\nHost: ";
  wire += host;
  wire += "\r\n";
  if (FindHeader(request.headers, "User-Agent").empty()) {
    wire += "User-Agent: ";
    wire += user_agent;
    wire += "\r\n";
  }
  VK_CHECK_OK(AppendHeaders(request.headers, &wire));
  const bool may_lack_body = request.method == "GET" || request.method == "HEAD";
  if (!request.body.empty() || !may_lack_body)
    wire += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  wire += "\r\n";
  wire += request.body;
  return wire;
}

Result<std::string> EncodeReplyHeader(int status, const HttpHeaders& headers, Framing framing,
                                      std::size_t body_size, bool keep_alive) {
  if (status < 100 || status > 999)
    return std::unexpected(Unfit("the status is not a number of three digits"));
  std::string wire = "HTTP/1.1 " + std::to_string(status) + " ";
  wire += Text(http::obsolete_reason(static_cast<http::status>(status)));
  wire += "\r\n";
  VK_CHECK_OK(AppendHeaders(headers, &wire));
  if (framing == Framing::kLength) wire += "Content-Length: " + std::to_string(body_size) + "\r\n";
  if (framing == Framing::kChunked) wire += "Transfer-Encoding: chunked\r\n";
  wire += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return wire;
}

std::string EncodeChunk(std::string_view bytes) {
  char size[2 * sizeof(std::size_t)];
  const auto end = std::to_chars(std::begin(size), std::end(size), bytes.size(), 16).ptr;
  std::string wire(size, end);
  wire += "\r\n";
  wire += bytes;
  wire += "\r\n";
  return wire;
}

}  // namespace vk::base
